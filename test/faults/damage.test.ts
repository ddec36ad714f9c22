import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {flip, type Spot} from '../world/damage.ts'
import {run} from '../world/program.ts'
import {type Trial, trial} from '../world/trial.ts'
import {asToken, succeed} from '../world/world.ts'

let t: Trial
beforeEach(async () => {
  t = await trial({writers: 4})
  for (const key of ['HURT', 'WELL']) {
    await succeed(cli('variable', 'set', key, {stdin: `first ${key}`}))
    await succeed(cli('variable', 'set', key, {stdin: `second ${key}`}))
    await succeed(cli('secret', 'set', key, {stdin: `secret ${key}`}))
  }
  await t.writers.more(50)
})
afterEach(() => t?.close())

const cli = (noun: string, verb: string, key: string, options: {stdin?: string} = {}, ...flags: string[]) =>
  t.world.cli([noun, verb, '--scope', 'damage', key, ...flags], options)

const stopped = async (act: () => Promise<void>) => {
  await t.server().stop()
  await act()
  await t.start()
}

const entry = (kind: string) => `(select id from entries where scope = 'damage' and kind = '${kind}' and key = 'HURT')`
const versionOf = (kind: string, version: number): Spot => ({
  table: 'versions',
  column: 'sealed',
  where: `entry_id = ${entry(kind)} and version = ${version}`,
})

describe('a byte of a sealed value', () => {
  test('fails that value alone, saying which to client and log; a new one is taken', async () => {
    const spot = versionOf('variable', 2)
    await stopped(() => flip(t.server().data, spot))
    const {status, json} = await asToken(t.server(), t.world.token, 'variablesGet', {
      params: {org: 'default', key: 'HURT'},
      query: {scope: 'damage'},
    })
    expect([status, json]).toEqual([
      500,
      expect.objectContaining({
        code: 'damaged',
        detail: 'Version 2 of the variable HURT in damage does not open: what is stored of it was altered.',
      }),
    ])
    const ran = await cli('variable', 'get', 'HURT')
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/^Error: Version 2 of .*\nNext: Set the value anew/),
    ])
    const place = {org: 'default', kind: 'variable', scope: 'damage', key: 'HURT', version: 2}
    const lines = t
      .logs()
      .split('\n')
      .filter((line) => line.includes('"Damaged"'))
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      Array(2).fill(
        expect.objectContaining({level: 'error', operation: 'variables.get', err: expect.objectContaining({place})}),
      ),
    )
    const {stdout} = await succeed(t.world.cli(['audit', 'list', '--outcome', 'failed', '--json']))
    expect(JSON.parse(stdout).entries[0]).toMatchObject({
      operation: 'variables.get',
      code: 'damaged',
      target: {name: 'HURT'},
    })

    expect((await succeed(cli('variable', 'get', 'WELL'))).stdout).toBe('second WELL')
    await succeed(cli('variable', 'rollback', 'HURT', {}, '--to', '1', '--yes'))
    expect((await succeed(cli('variable', 'get', 'HURT'))).stdout).toBe('first HURT')
    expect((await cli('variable', 'rollback', 'HURT', {}, '--to', '2', '--yes')).stderr).toContain('Version 2')
    await succeed(cli('variable', 'set', 'HURT', {stdin: 'third'}))
    expect((await succeed(cli('variable', 'get', 'HURT'))).stdout).toBe('third')

    await stopped(() => flip(t.server().data, spot))
    await t.survived()
  })

  test('is found where a secret is opened: a comparison, a rename; all else of it goes on', async () => {
    const spot = versionOf('secret', 1)
    await stopped(() => flip(t.server().data, spot))
    await succeed(t.world.cli(['secret', 'set', '--scope', 'other', 'HURT'], {stdin: 'secret HURT'}))
    const compared = await t.world.cli(['scope', 'compare', 'damage', 'other'])
    expect([compared.code, compared.stderr]).toEqual([
      1,
      expect.stringContaining('the secret HURT in damage does not open'),
    ])
    const renamed = await t.world.cli(['scope', 'rename', 'damage', 'elsewhere', '--yes'])
    expect([renamed.code, renamed.stderr]).toEqual([
      1,
      expect.stringContaining('the secret HURT in damage does not open'),
    ])
    expect((await succeed(cli('variable', 'get', 'HURT'))).stdout).toBe('second HURT')
    await succeed(cli('secret', 'history', 'HURT'))

    await stopped(() => flip(t.server().data, spot))
    await succeed(t.world.cli(['scope', 'rename', 'damage', 'elsewhere', '--yes']))
    await t.survived()
  })
})

test('a letter of a name: what it names now does not open, and the value can be set under its old name', async () => {
  const spot = {table: 'entries', column: 'key', where: `id = ${entry('variable')}`}
  await stopped(() => flip(t.server().data, spot))
  const {stdout} = await succeed(t.world.cli(['variable', 'list', '--scope', 'damage', '--json']))
  const wrong = JSON.parse(stdout)
    .items.map(({key}: {key: string}) => key)
    .find((key: string) => key !== 'WELL')
  const ran = await cli('variable', 'get', wrong)
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('does not open')])
  expect((await succeed(cli('variable', 'get', 'WELL'))).stdout).toBe('second WELL')
  await t.server().stop()
  await flip(t.server().data, {...spot, where: `key = '${wrong}'`})
  await t.start()
  expect((await succeed(cli('variable', 'get', 'HURT'))).stdout).toBe('second HURT')
  await t.survived()
})

test('a byte of an audit entry: audit verify says which, the server goes on, and the chain goes on behind it', async () => {
  await succeed(t.world.cli(['audit', 'verify']))
  const spot = {table: 'audit', column: 'canonical', where: 'org_id = 1 and sequence = 5'}
  await stopped(() => flip(t.server().data, spot))
  const ran = await t.world.cli(['audit', 'verify'])
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/\b5\b/)])
  await t.writers.more(50)
  await stopped(() => flip(t.server().data, spot))
  await t.survived()
})

test('a byte of a wrapped key: no start, and which it is', async () => {
  await t.server().stop()
  const {data} = t.server()
  for (const purpose of ['data', 'pepper', 'equality', 'audit', 'sealing']) {
    const spot = {table: 'keys', column: 'wrapped', where: `purpose = '${purpose}'`}
    await flip(data, spot)
    const ran = await run(['server', 'start', '--data', data, '--listen', '127.0.0.1:0'], t.world.home)
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(`key \\d+ \\(${purpose}\\) of this store does not unwrap: it was altered\\.\nNext: .*restore`),
      ),
    ])
    await flip(data, spot)
  }
  await t.start()
  await t.survived()
})
