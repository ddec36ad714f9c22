import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {STILL_THERE} from '../../src/lib/output/purged.ts'
import type {Session} from '../world/browser.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {AUDIT_TABLES, contentOf, openDatabase, sqlOn} from '../world/database.ts'
import {engine} from '../world/engine.ts'
import {storedVersions} from '../world/stored.ts'
import {onTerminal} from '../world/terminal.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
let dashboard: Session
beforeAll(async () => {
  w = await world()
  dashboard = await w.dashboard()
})
afterAll(() => w?.close())

const json = async (argv: string[], stdin?: string) => {
  const {code, stdout} = await w.cli([...argv, '--json'], stdin === undefined ? {} : {stdin})
  return {code, ...JSON.parse(stdout)}
}

describe.each(['secret', 'variable'] as const)('%s', (noun) => {
  const scope = `${noun}/versions`
  const at = (verb: string, key: string, ...flags: string[]) => [noun, verb, '--scope', scope, key, ...flags]
  const set = (key: string, ...values: string[]) =>
    values.reduce(async (before, stdin) => {
      await before
      await w.put(noun, scope, key, stdin)
    }, Promise.resolve())

  test('history shows every version, the newest first, of a deleted one too, and no value', async () => {
    const canaries = [newCanary(), newCanary()]
    await set('HISTORY', ...canaries)
    const listed = await succeed(w.cli(at('history', 'HISTORY')))
    const rows = listed.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'))
    expect(rows).toEqual([
      ['2', '38', 'current', expect.stringMatching(/^20\S+Z$/), 'owner', 'string'],
      ['1', '38', 'superseded', expect.stringMatching(/^20\S+Z$/), 'owner', 'string'],
    ])
    await succeed(w.cli(at('delete', 'HISTORY', '--yes')))
    const gone = await json(at('history', 'HISTORY'))
    expect(gone.items).toMatchObject([
      {version: 2, state: 'deleted'},
      {version: 1, state: 'superseded'},
    ])
    for (const canary of canaries) expect(leaksIn(listed.stdout + JSON.stringify(gone), canary)).toEqual([])
  })

  test('history goes page by page', async () => {
    await set('PAGES', 'a', 'b', 'c')
    const route = `${noun}sHistory` as const
    const first = (await dashboard.call(route, {params: {key: 'PAGES'} as never, query: {scope, limit: 2}})).json
    const cursor = first.nextCursor
    const second = (await dashboard.call(route, {params: {key: 'PAGES'} as never, query: {scope, limit: 2, cursor}}))
      .json
    expect([first.items, second.items].map((items) => items.map((item: {version: number}) => item.version))).toEqual([
      [3, 2],
      [1],
    ])
    expect(second.nextCursor).toBeNull()
  })

  test('rollback writes a new version with the old value', async () => {
    await set('BACK', 'first', 'second!')
    expect(await succeed(w.cli(at('rollback', 'BACK', '--to', '1', '--yes')))).toMatchObject({
      stdout: expect.stringMatching(
        new RegExp(`^Rolled BACK in ${scope} back to version 1: version 3, 5 bytes, 20\\S+Z\n$`),
      ),
      stderr: '',
    })
    if (noun === 'variable') expect((await w.cli(at('get', 'BACK'))).stdout).toBe('first')
    // The equality is the value's own, at its new place.
    expect((await succeed(w.cli(at('set', 'BACK'), {stdin: 'first'}))).stdout).toMatch(/^Nothing changed/)
    expect(await json(at('rollback', 'BACK', '--to', '3', '--yes'))).toMatchObject({changed: false, version: 3})
    expect(await json(at('rollback', 'BACK', '--to', '1', '--yes'))).toMatchObject({changed: false, version: 3})
    expect((await json(at('history', 'BACK'))).items.map((item: {length: number}) => item.length)).toEqual([5, 7, 5])
  })

  test.each(['set', ...(noun === 'secret' ? ['declare'] : [])])(
    'rollback brings back nothing from before a deletion, after a %s',
    async (verb) => {
      const key = `GONE_BY_${verb.toUpperCase()}`
      await set(key, 'withdrawn', 'withdrawn too')
      await succeed(w.cli(at('delete', key, '--yes')))
      await succeed(w.cli(at(verb, key), verb === 'set' ? {stdin: 'fresh'} : {}))
      const before = await contentOf(w.server.data, AUDIT_TABLES)
      for (const to of ['1', '2']) {
        const {code, stderr} = await w.cli(at('rollback', key, '--to', to, '--yes'))
        expect([code, stderr]).toEqual([5, expect.stringContaining(`postern ${noun} restore`)])
      }
      expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
      await succeed(w.cli(at('set', key), {stdin: 'newer'}))
      if (verb === 'declare') await succeed(w.cli(at('set', key), {stdin: 'newest'}))
      expect(await json(at('rollback', key, '--to', '3', '--yes'))).toMatchObject({changed: true, version: 5})
    },
  )

  test('--dry-run of rollback and restore asks the server and changes nothing', async () => {
    await set('TRIED', 'one', 'two')
    const before = await contentOf(w.server.data)
    expect((await succeed(w.cli(at('rollback', 'TRIED', '--to', '1', '--dry-run')))).stdout).toBe(
      `[dry-run] would roll TRIED in ${scope} back to version 1 as version 3, 3 bytes\n`,
    )
    expect(await contentOf(w.server.data)).toEqual(before)
    await succeed(w.cli(at('delete', 'TRIED', '--yes')))
    const deleted = await contentOf(w.server.data)
    expect((await succeed(w.cli(at('restore', 'TRIED', '--dry-run')))).stdout).toBe(
      `[dry-run] would restore TRIED in ${scope} (version 2, 3 bytes)\n`,
    )
    expect(await contentOf(w.server.data)).toEqual(deleted)
  })

  test.each<[string, string[], number, string, RegExp]>([
    ['without a terminal and --yes', ['--to', '1'], 2, 'usage', /--yes/],
    ['without a version', ['--yes'], 2, 'usage', /history --scope/],
    ['to what is no version', ['--to', '0', '--yes'], 2, 'usage', /--to takes/],
    ['to a version that never was', ['--to', '9', '--yes'], 5, 'not_found', /history/],
    [
      'with another version stored',
      ['--to', '1', '--expect-version', '1', '--yes'],
      6,
      'version_conflict',
      /version 2/,
    ],
  ])('rollback %s is refused, and nothing changes', async (_, flags, code, problem, says) => {
    if ((await w.cli(at('history', 'REFUSED'))).code === 5) await set('REFUSED', 'one', 'two')
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    const ran = await json(at('rollback', 'REFUSED', ...flags))
    expect(ran).toMatchObject({code, error: {code: problem}})
    expect(`${ran.error.message} ${ran.error.next}`).toMatch(says)
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })

  test('restore brings a deleted one back as it was', async () => {
    await set('GONE', 'one', 'two')
    if (noun === 'secret') await succeed(w.cli(at('describe', 'GONE', '--owner', 'payments', '--tag', 'team=pay')))
    await succeed(w.cli(at('delete', 'GONE', '--yes')))
    expect(await json(at('rollback', 'GONE', '--to', '1', '--yes'))).toMatchObject({
      code: 5,
      error: {message: expect.stringContaining(`postern ${noun} restore`)},
    })
    expect((await succeed(w.cli(at('restore', 'GONE')))).stdout).toMatch(
      new RegExp(`^Restored GONE in ${scope}: version 2, 3 bytes, 20\\S+Z\n$`),
    )
    if (noun === 'variable') expect((await w.cli(at('get', 'GONE'))).stdout).toBe('two')
    else expect((await succeed(w.cli(at('describe', 'GONE')))).stdout).toMatch(/payments[\s\S]*team=pay/)
    expect((await succeed(w.cli(at('set', 'GONE'), {stdin: 'two'}))).stdout).toMatch(/^Nothing changed/)
    expect(await json(at('restore', 'GONE'))).toMatchObject({code: 5, error: {code: 'not_found'}})
    expect(await json(at('restore', 'NEVER'))).toMatchObject({code: 5, error: {code: 'not_found'}})
  })
})

test('a locked variable is neither rolled back nor restored from the dashboard, and comes back locked', async () => {
  const place = ['--scope', 'locked', 'KEY']
  for (const value of ['a', 'b']) await succeed(w.cli(['variable', 'set', ...place, '--value', value, '--locked']))
  const asks = {params: {key: 'KEY'} as never, query: {scope: 'locked'}}
  const refused = await dashboard.call('variablesRollback', {...asks, body: {to: 1}})
  expect([refused.status, refused.json]).toMatchObject([
    403,
    {code: 'variable_locked', cliEquivalent: 'postern variable rollback --scope locked KEY --to 1'},
  ])
  await succeed(w.cli(['variable', 'delete', ...place, '--yes']))
  expect((await dashboard.call('variablesRestore', asks)).json.code).toBe('variable_locked')
  await succeed(w.cli(['variable', 'restore', ...place]))
  expect((await dashboard.call('variablesRollback', {...asks, body: {to: 1}})).json.code).toBe('variable_locked')
})

describe('purge', () => {
  // PostgreSQL keeps what was deleted until it writes over it.
  const stillThere = engine === 'sqlite' ? '' : `${STILL_THERE}\n`
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const files = () =>
    ['postern.db', 'postern.db-wal'].map((name) => join(w.server.data, name)).map((path) => readFileSync(path))
  const filesWith = (bytes: Uint8Array) => files().filter((file) => file.includes(Buffer.from(bytes))).length
  const sealedOf = async (key: string) => {
    const text = 'select sealed from versions join entries on id = entry_id where key = ?'
    return (await sqlOn<{sealed: Uint8Array}>(w.server.data, text, key)).map(({sealed}) => sealed)
  }
  const purge = (...flags: string[]) => ['secret', 'purge', '--scope', 'purge', '--older-than', '0s', ...flags]
  const at = (verb: string, key: string, ...flags: string[]) => ['secret', verb, '--scope', 'purge', key, ...flags]

  test('ends what was deleted: rows, ciphertext and all, and numbers go on', async () => {
    for (const stdin of ['one', 'two']) await succeed(w.cli(at('set', 'ENDS'), {stdin}))
    await succeed(w.cli(at('set', 'STAYS'), {stdin: 'x'}))
    const sealed = await sealedOf('ENDS')
    const stays = await sealedOf('STAYS')
    await succeed(w.cli(at('delete', 'ENDS', '--yes')))
    if (engine === 'sqlite') expect(sealed.map(filesWith)).not.toContain(0)

    const before = await contentOf(w.server.data)
    const tried = await succeed(w.cli(purge('--dry-run')))
    expect(tried.stdout).toMatch(/^purge\tENDS\t2\t20\S+Z\n\[dry-run\] would purge 1 deleted secret with 2 versions\n$/)
    expect(await contentOf(w.server.data)).toEqual(before)

    expect((await succeed(w.cli(purge('--yes')))).stdout).toBe(
      `Purged 1 deleted secret with 2 versions for good\n${stillThere}`,
    )
    if (engine === 'sqlite') {
      expect(sealed.map(filesWith)).toEqual([0, 0])
      expect(stays.map(filesWith)).toEqual([1])
    }
    expect((await sealedOf('STAYS')).map(hex)).toEqual(stays.map(hex))
    expect(await sealedOf('ENDS')).toEqual([])
    const audit = await json(['audit', 'list', '--operation', 'secrets.purge'])
    expect(audit.entries.map((entry: {target: object}) => entry.target)).toEqual([
      {kind: 'secret', scope: 'purge', name: 'ENDS', version: 2},
    ])

    for (const verb of ['restore', 'history'])
      expect(await json(at(verb, 'ENDS'))).toMatchObject({code: 5, error: {code: 'not_found'}})
    expect(await json(at('restore', 'ENDS'))).toMatchObject({error: {message: expect.stringContaining('purged')}})
    expect((await succeed(w.cli(at('set', 'ENDS'), {stdin: 'again'}))).stdout).toContain('version 3,')
    expect((await json(at('history', 'ENDS'))).items).toMatchObject([{version: 3, state: 'current'}])
    expect((await succeed(w.cli(purge('--yes')))).stdout).toBe(`Nothing to purge.\n${stillThere}`)
  })

  test.runIf(engine === 'sqlite')(
    'while something else reads the database, says that the bytes are still there, and erases them afterwards',
    async () => {
      await succeed(w.cli(at('set', 'READ'), {stdin: 'one'}))
      const [sealed] = await sealedOf('READ')
      await succeed(w.cli(at('delete', 'READ', '--yes')))
      const reader = openDatabase(w.server.data)
      try {
        reader.exec('begin')
        reader.prepare('select count(*) from versions').get()
        const {stdout} = await succeed(w.cli(purge('--yes')))
        expect(stdout).toMatch(/^Purged 1 deleted secret with 1 version for good\nIts bytes are not erased yet\. /)
        expect(filesWith(sealed!)).toBeGreaterThan(0)
        expect(await json(purge('--yes'))).toMatchObject({changed: false, erased: false})
        reader.exec('commit')
        await expect.poll(() => filesWith(sealed!), {timeout: 30_000}).toBe(0)
      } finally {
        reader.close()
      }
      expect(await json(purge('--yes'))).toMatchObject({changed: false, erased: true})
    },
  )

  test('spares what was deleted since, and with --versions the current version', async () => {
    for (const stdin of ['one', 'two', 'three']) await succeed(w.cli(at('set', 'SPARED'), {stdin}))
    expect((await succeed(w.cli(purge('--versions', '--yes', 'SPARED')))).stdout).toBe(
      `Purged 2 superseded versions of 1 live secret for good\n${stillThere}`,
    )
    expect((await json(at('history', 'SPARED'))).items).toMatchObject([{version: 3, state: 'current'}])
    await succeed(w.cli(at('delete', 'SPARED', '--yes')))
    const recent = ['secret', 'purge', '--older-than', '90d', '--yes']
    expect(await json(recent)).toMatchObject({code: 0, changed: false, items: []})
    expect(await json(at('restore', 'SPARED'))).toMatchObject({code: 0, version: 3})
  })

  test.each<[string, string[], RegExp]>([
    ['without a terminal and --yes', ['--older-than', '90d'], /--yes/],
    ['without an age', ['--yes'], /--older-than/],
    ['with an age that is none', ['--older-than', 'hunter2', '--yes'], /--older-than takes/],
    ['with a key and no scope', ['--older-than', '90d', 'KEY', '--yes'], /--scope/],
  ])('is refused %s', async (_, flags, says) => {
    const before = await contentOf(w.server.data)
    for (const noun of ['secret', 'variable']) {
      const {code, stderr} = await w.cli([noun, 'purge', ...flags])
      expect({code, stderr}).toEqual({code: 2, stderr: expect.stringMatching(says)})
      expect(stderr).not.toContain('hunter2')
    }
    expect(await contentOf(w.server.data)).toEqual(before)
  })

  test('is not offered by the dashboard', async () => {
    const {status} = await dashboard.send('/dashboard/v1/orgs/default/secrets/purge', {
      method: 'POST',
      body: {olderThan: 0},
    })
    expect(status).toBe(404)
  })
})

test('on a terminal, rollback asks: no changes nothing, yes goes ahead', async () => {
  for (const stdin of ['a', 'b']) await succeed(w.cli(['secret', 'set', '--scope', 'asks', 'KEY'], {stdin}))
  const before = await contentOf(w.server.data, AUDIT_TABLES)
  const argv = ['secret', 'rollback', '--scope', 'asks', 'KEY', '--to', '1']
  const question = /Roll KEY in asks back to version 1 \(1 byte\) as version 3\?/
  expect((await onTerminal(argv, w.home, [{at: question, type: 'n\r'}])).code).toBe(1)
  expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  expect((await onTerminal(argv, w.home, [{at: question, type: 'y\r'}])).code).toBe(0)
  expect((await json(['secret', 'history', '--scope', 'asks', 'KEY'])).items).toHaveLength(3)
})

test('every version opens at its own place', async () => {
  await w.server.stop()
  const back = (await storedVersions(w.server.data)).filter(({key}) => key === 'BACK')
  expect(back.map(({kind, version, value}) => `${kind} ${version} ${value}`).sort()).toEqual([
    'secret 1 first',
    'secret 2 second!',
    'secret 3 first',
    'variable 1 first',
    'variable 2 second!',
    'variable 3 first',
  ])
})
