import {once} from 'node:events'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import {type Kept, keepStore, meddle} from '../world/meddle.ts'
import {homeEnv, start} from '../world/program.ts'
import {startServer} from '../world/server.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
let stop: () => Promise<unknown>
beforeAll(async () => {
  w = await world()
  stop = w.server.stop
  await set('ONE')
  await set('TWO')
  await w.cli(['secret', 'set', '--scope', 'production', 'ONE', '--expect-version', '9'], {stdin: 'x'})
  await succeed(w.cli(['policy', 'lock', 'secrets.set', '--reason', 'SOC2-14']))
})
afterAll(async () => {
  await stop?.()
  await w?.close()
})

const set = (key: string) => succeed(w.cli(['secret', 'set', '--scope', 'production', key], {stdin: key}))

/** Stops the server, lets `work` at its store, and starts it where it was. */
async function restarted(work: () => Promise<void> = async () => {}): Promise<void> {
  await stop()
  await work()
  const {data, url} = w.server
  stop = (await startServer({data, home: w.home, args: ['--listen', new URL(url).host]})).stop
}

const listed = async (...flags: string[]): Promise<AuditEntry[]> =>
  JSON.parse((await succeed(w.cli(['audit', 'list', '--json', ...flags]))).stdout).entries

describe('audit list', () => {
  test('shows the oldest first, with what was refused and why', async () => {
    const entries = await listed()
    expect(entries.map(({sequence}) => sequence)).toEqual(entries.map((_, index) => index + 1))
    expect(entries.map(({operation, outcome}) => `${operation} ${outcome}`)).toEqual([
      'server.keep-authority done',
      'server.initialize done',
      'secrets.set done',
      'secrets.set done',
      'secrets.set refused',
      'policy.lock done',
    ])
  })

  test.each<[string[], number[]]>([
    [['--operation', 'policy.lock'], [6]],
    [['--outcome', 'refused'], [5]],
    [
      ['--actor', 'server'],
      [1, 2],
    ],
    [
      ['--limit', '2'],
      [5, 6],
    ],
    [
      ['--since', '1h', '--operation', 'secrets.set'],
      [3, 4, 5],
    ],
    [['--since', '2100-01-01'], []],
  ])('narrows by %j', async (flags, sequences) => {
    expect((await listed(...flags)).map(({sequence}) => sequence)).toEqual(sequences)
  })

  test.each([
    ['--since', 'hunter2'],
    ['--outcome', 'hunter2'],
    ['--limit', '0'],
    ['--limit', 'hunter2'],
  ])('refuses %s %s', async (...flags) => {
    const {code, stdout, stderr} = await w.cli(['audit', 'list', ...flags])
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain('hunter2')
  })

  test('refuses an operation that there is none of, and names those near it', async () => {
    const {code, stderr} = await w.cli(['audit', 'list', '--operation', 'secret.hunter2'])
    expect(code).toBe(2)
    expect(stderr).toContain('secrets.set')
    expect(stderr).not.toContain('hunter2')
    for (const operation of ['variables.get', 'scopes.compare', 'server.recover-owner'])
      expect(await listed('--operation', operation)).toEqual([])
  })

  test('follows, waits out an outage, and ends when it is interrupted', async () => {
    const following = start(['audit', 'list', '--follow', '--json', '--limit', '1'], homeEnv(w.home))
    let output = ''
    following.stdout?.on('data', (part: Buffer) => {
      output += part
    })
    const shows = (key: string) => expect.poll(() => output, {timeout: 20_000}).toContain(`"name":"${key}"`)
    await expect.poll(() => output, {timeout: 20_000}).toContain('policy.lock')
    await set('BEFORE')
    await shows('BEFORE')
    await restarted()
    await set('AFTER')
    await shows('AFTER')
    const sequences = output
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as AuditEntry).sequence)
    expect(sequences).toEqual([6, 7, 8])
    const ended = new Promise((done) => following.on('close', (code, signal) => done(code ?? signal)))
    following.kill('SIGINT')
    expect([130, 'SIGINT']).toContain(await ended)
  })
})

describe('audit verify', () => {
  test('verifies, and remembers the head for the next time', async () => {
    expect((await succeed(w.cli(['audit', 'verify']))).stdout).toMatch(/^Verified: 8 entries.*pinned at sign-in/)
    const again = await succeed(w.cli(['audit', 'verify', '--json']))
    expect(JSON.parse(again.stdout)).toMatchObject({verified: true, entries: 8, remembered: {sequence: 8}})
  })

  test.each([
    {
      does: 'an entry changed',
      sql: "update audit set canonical = replace(canonical, 'refused', 'done') where sequence = 5",
      at: /entry 5 \(hash\)/,
    },
    {does: 'its end cut off', sql: 'delete from audit where sequence > 7', at: /entry 8 \(missing\)/},
    {
      does: 'a head that nobody signed',
      sql: 'update audit_heads set sequence = 7, hash = (select hash from audit where sequence = 7)',
      at: /\(signature\)/,
    },
  ])('sees $does', async ({sql, at}) => {
    let intact: Kept | undefined
    await restarted(async () => {
      intact = await keepStore(w.server.data)
      await meddle(w.server.data, sql)
    })
    for (const json of [[], ['--json']]) {
      const {code, stdout, stderr} = await w.cli(['audit', 'verify', ...json])
      expect(code).toBe(1)
      expect(stdout + stderr).toMatch(at)
    }
    await restarted(intact!.putBack)
  })

  test('sees that an older copy was put back', async () => {
    let older: Kept | undefined
    await restarted(async () => {
      older = await keepStore(w.server.data)
    })
    await set('LATER')
    await succeed(w.cli(['audit', 'verify']))
    await restarted(older!.putBack)
    expect(await w.cli(['audit', 'verify'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/entry 9 \(rolled-back\)/),
    })
  })
})

test('audit list --follow ends once nobody reads it any more', async () => {
  const following = start(['audit', 'list', '--follow', '--json', '--limit', '1'], homeEnv(w.home))
  const ended = new Promise((done) => following.on('close', (code, signal) => done(code ?? signal)))
  await once(following.stdout!, 'data')
  following.stdout!.destroy()
  await set('UNREAD')
  expect(await ended).toBe(0)
})
