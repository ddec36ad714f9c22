import {cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {rootKeyId} from '../../src/server/keyring/wrap.ts'
import {openDatabase, sqlOn, stateOf} from '../world/database.ts'
import {copyData, engine, engineEnv} from '../world/engine.ts'
import {finished, homeEnv, start} from '../world/program.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {storedVersions} from '../world/stored.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
/** The data folder of a server that is stopped, with some values, and copies of it to rotate. */
let original: string
beforeAll(async () => {
  w = await world()
  for (const key of ['A', 'B', 'C']) {
    await succeed(w.cli(['secret', 'set', '--scope', 'production', key], {stdin: `secret ${key}`}))
    await succeed(w.cli(['variable', 'set', '--scope', 'production', key], {stdin: `variable ${key}`}))
  }
  await w.server.stop()
  original = w.server.data
})
afterAll(() => w?.close())

let copies = 0
async function copy(from = original): Promise<string> {
  copies += 1
  const to = join(w.folder, `copy-${copies}`)
  await copyData(from, to)
  return to
}

const keyIn = (path: string) => Buffer.from(readFileSync(path, 'utf8'), 'base64')
const idIn = (path: string) => rootKeyId(keyIn(path))
const rotate = (data: string, ...more: string[]) =>
  w.cli(['server', 'rotate-key', '--root', '--folder', data, '--json', ...more])

/** Starts a server on the folder, shows that the owner's token and every value are what they were, and stops it. */
async function opens(data: string, args: string[] = []): Promise<void> {
  const server = await startServer({data, home: w.home, args})
  try {
    expect(server.ca).toBe(w.server.ca)
    expect((await asToken(server, w.token, 'whoami', {})).json).toMatchObject({role: 'owner'})
    for (const key of ['A', 'B', 'C']) {
      const {json} = await asToken(server, w.token, 'variablesGet', {
        params: {org: 'default', key},
        query: {scope: 'production'},
      })
      expect(json.value.data).toBe(`variable ${key}`)
    }
    await verifies(server)
  } finally {
    await server.stop()
  }
}

/** The audit log, as a client sees it that remembers nothing. */
async function verifies(server: RunningServer): Promise<void> {
  const home = join(w.folder, 'another home')
  const env = {
    ...homeEnv(home),
    POSTERN_URL: server.url,
    POSTERN_TOKEN: w.token,
    POSTERN_CA_FILE: join(server.data, 'tls/ca.crt'),
  }
  expect((await succeed(w.cli(['audit', 'verify'], {env}))).stdout).toMatch(/^Verified: \d+ entries/)
}

describe('rotating the root key', () => {
  test('keeps every token and value, and says what becomes of the old key', async () => {
    const data = await copy()
    const from = idIn(join(data, 'root.key'))
    const {stdout} = await succeed(w.cli(['server', 'rotate-key', '--root', '--folder', data]))
    expect(stdout.includes('PostgreSQL keeps the rows that were replaced')).toBe(engine === 'postgres')
    const to = idIn(join(data, 'root.key'))
    expect(to).not.toBe(from)
    expect(stdout).toContain(to)
    expect(stdout).toContain(join(data, `root.key.${from}`))
    expect(idIn(join(data, `root.key.${from}`))).toBe(from)
    for (const name of readdirSync(data).filter((file) => file.startsWith('root.key')))
      expect((statSync(join(data, name)).mode & 0o777).toString(8)).toBe('600')
    expect(existsSync(join(data, 'root.key.next'))).toBe(false)
    expect((await storedVersions(data)).map(({value}) => value).sort()).toEqual(
      ['A', 'B', 'C'].flatMap((key) => [`secret ${key}`, `variable ${key}`]).sort(),
    )
    await opens(data)
  })

  test('is recorded, by the server itself', async () => {
    const data = await copy()
    const {to} = JSON.parse((await succeed(rotate(data))).stdout)
    const [last] = await sqlOn<{canonical: string}>(data, 'select canonical from audit order by sequence desc limit 1')
    expect(JSON.parse(last!.canonical)).toMatchObject({
      operation: 'server.rotate-root',
      actor: {kind: 'server', name: 'server'},
      surface: 'server',
      outcome: 'done',
      target: {kind: 'root-key', name: to},
    })
  })

  // PostgreSQL keeps what was replaced until it writes over it.
  test.runIf(engine === 'sqlite')('leaves nothing in the database that the old root key unwraps', async () => {
    const data = await copy()
    const wrapped = () => {
      const database = openDatabase(data)
      const rows = database.prepare('select wrapped from keys').all() as {wrapped: Uint8Array}[]
      database.close()
      return rows.map((row) => Buffer.from(row.wrapped))
    }
    const before = wrapped()
    await succeed(rotate(data))
    const file = readFileSync(join(data, 'postern.db'))
    expect(before.filter((key) => file.includes(key))).toHaveLength(0)
    expect(wrapped().filter((key) => file.includes(key))).toHaveLength(before.length)
  })

  test.runIf(engine === 'sqlite')('killed once it is done, it leaves what the next start clears', async () => {
    const data = await copy()
    const reader = openDatabase(data)
    const before = reader.prepare('select wrapped from keys').all() as {wrapped: Uint8Array}[]
    const oldIn = (folder: string) =>
      readdirSync(folder)
        .filter((name) => /^postern\.db(-wal)?$/.test(name))
        .map((name) => readFileSync(join(folder, name)))
        .flatMap((file) => before.filter(({wrapped}) => file.includes(Buffer.from(wrapped)))).length
    // With a reader in the way, nothing leaves the write-ahead log, as if the process had ended right after the commit.
    reader.exec('begin')
    reader.prepare('select count(*) from keys').get()
    await succeed(rotate(data))
    const killed = await copy(data)
    rmSync(join(killed, 'postern.db-shm'))
    reader.close()
    expect(oldIn(killed)).toBe(before.length)
    const server = await startServer({data: killed, home: w.home})
    try {
      expect(oldIn(killed)).toBe(0)
    } finally {
      await server.stop()
    }
  })

  test('works again and again, and keeps each old key', async () => {
    const data = await copy()
    for (let round = 0; round < 3; round++) await succeed(rotate(data))
    expect(readdirSync(data).filter((name) => /^root\.key\.[0-9a-f]{16}$/.test(name))).toHaveLength(3)
    await opens(data)
  })

  /** What stands on the disk after each step, as an interruption leaves it. */
  test.each<[string, (rotated: string) => Promise<string>]>([
    [
      'once the new key is on the disk',
      async (rotated) => {
        const data = await copy()
        cpSync(join(rotated, 'root.key'), join(data, 'root.key.next'))
        return data
      },
    ],
    [
      'once the store is under it',
      async (rotated) => {
        const data = await copy(rotated)
        renameSync(join(data, 'root.key'), join(data, 'root.key.next'))
        cpSync(join(original, 'root.key'), join(data, 'root.key'))
        for (const name of readdirSync(data)) if (/^root\.key\.[0-9a-f]{16}$/.test(name)) rmSync(join(data, name))
        return data
      },
    ],
    [
      'once the old key is kept aside',
      async (rotated) => {
        const data = await copy(rotated)
        renameSync(join(data, 'root.key'), join(data, 'root.key.next'))
        cpSync(join(original, 'root.key'), join(data, 'root.key'))
        return data
      },
    ],
  ])('interrupted %s, it leaves a store that opens, and one that rotates', async (_, interrupted) => {
    const rotated = await copy()
    await succeed(rotate(rotated))
    const old = idIn(join(original, 'root.key'))
    for (const next of [() => Promise.resolve(), async (data: string) => void (await succeed(rotate(data)))]) {
      const data = await interrupted(rotated)
      await next(data)
      await opens(data)
      expect(existsSync(join(data, 'root.key.next'))).toBe(false)
      const aside = existsSync(join(data, `root.key.${old}`))
      expect(aside).toBe(idIn(join(data, 'root.key')) !== old)
    }
  })

  test('killed while it works, it leaves a store that opens', async () => {
    const data = await copy()
    const argv = ['server', 'rotate-key', '--root', '--folder', data]
    const child = start(argv, {...homeEnv(w.home), ...(await engineEnv(argv))})
    const ended = finished(child)
    while (!existsSync(join(data, 'root.key.next')) && child.exitCode === null) await new Promise(setImmediate)
    child.kill('SIGKILL')
    await ended
    await opens(data)
  })

  test('takes a key that is kept elsewhere, and one that moves there', async () => {
    const data = await copy()
    const [first, second] = ['first.key', 'second.key'].map((name, index) => {
      const path = join(w.folder, name)
      writeFileSync(path, Buffer.alloc(32, index + 7).toString('base64'))
      return path
    }) as [string, string]
    const old = idIn(join(data, 'root.key'))
    await succeed(rotate(data, '--new-root-key-file', first))
    expect(existsSync(join(data, 'root.key'))).toBe(false)
    expect(idIn(join(data, `root.key.${old}`))).toBe(old)
    await opens(data, ['--root-key-file', first])

    const again = ['--root-key-file', first, '--new-root-key-file', second]
    expect(JSON.parse((await succeed(rotate(data, ...again))).stdout)).toMatchObject({file: second, oldFile: null})
    // As after an interruption: the store is there already.
    expect(JSON.parse((await succeed(rotate(data, ...again))).stdout)).toMatchObject({to: idIn(second)})
    await opens(data, ['--root-key-file', second])
    expect([keyIn(first), keyIn(second)]).toEqual([Buffer.alloc(32, 7), Buffer.alloc(32, 8)])
  })

  test('is refused while a server runs, and with a wrong, missing or repeated key; nothing changes', async () => {
    const data = await copy()
    const other = join(w.folder, 'other.key')
    writeFileSync(other, Buffer.alloc(32, 9).toString('base64'))
    const needed = idIn(join(data, 'root.key'))
    const before = await stateOf(data)
    const rows: [string[], number, RegExp][] = [
      [['--root-key-file', other, '--new-root-key-file', join(data, 'root.key')], 0, /./],
      [['--root-key-file', other], 2, /replaced by one that you made/],
      [['--new-root-key-file', join(w.folder, 'none')], 1, /is missing/],
      [['--new-root-key-file', join(data, 'root.key')], 1, /is the old one/],
    ]
    const third = join(w.folder, 'third.key')
    writeFileSync(third, Buffer.alloc(32, 10).toString('base64'))
    rows[0] = [['--root-key-file', other, '--new-root-key-file', third], 1, new RegExp(`root key with id ${needed}`)]
    for (const [args, code, says] of rows) {
      const ran = await rotate(data, ...args)
      expect([ran.code, ran.stdout]).toEqual([code, expect.stringMatching(says)])
    }
    expect(await stateOf(data)).toBe(before)
    expect((await rotate(join(w.folder, 'nowhere'))).stdout).toContain('no store')
    expect(existsSync(join(w.folder, 'nowhere'))).toBe(false)

    const server = await startServer({data, home: w.home})
    const refused = await rotate(data)
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('Another server is running')])
    await server.stop()
    expect(idIn(join(data, 'root.key'))).toBe(needed)
    await opens(data)
  })
})
