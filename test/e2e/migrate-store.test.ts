import {chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {generateX25519Identity, identityToRecipient} from 'age-encryption'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {moved} from '../../src/server/backup/tables.ts'
import {rootKeyId} from '../../src/server/keyring/wrap.ts'
import {openDatabase} from '../world/database.ts'
import {databaseUrl, engine} from '../world/engine.ts'
import {query} from '../world/postgres.ts'
import {finished, homeEnv, type RunOptions, start} from '../world/program.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

/** From the one engine to the other, whatever the rest of the run is on. */
const here = describe.skipIf(engine !== 'sqlite')

let w: World
/** The data folder of a stopped server. */
let original: string
beforeAll(async () => {
  w = await world()
  await succeed(w.cli(['secret', 'set', '--scope', 'production', 'TOKEN'], {stdin: 'a secret'}))
  await succeed(w.cli(['secret', 'set', '--scope', 'production', 'TOKEN'], {stdin: 'a newer one'}))
  await succeed(w.cli(['variable', 'set', '--scope', 'other/place', 'REGION'], {stdin: '\u00e4\n\u2028'}))
  await succeed(
    w.cli(['secret', 'describe', '--scope', 'production', 'TOKEN', '--note', 'für alle – 100 %', '--tag', 'a=b']),
  )
  await succeed(w.cli(['policy', 'lock', '--sensitivity', 'plaintext', '--reason', 'it’s \\ "so"', '--yes']))
  await succeed(w.cli(['org', 'create', 'acme']))
  await succeed(w.cli(['org', 'create', 'gone']))
  await succeed(w.cli(['org', 'delete', 'gone', '--yes']))
  await succeed(w.cli(['audit', 'archive', '--before', '0s', '--out', join(w.folder, 'a.jsonl'), '--prune', '--yes']))
  await succeed(w.cli(['audit', 'verify']))
  await w.server.stop()
  original = w.server.data
})
afterAll(() => w?.close())

let copies = 0
/** A copy of the folder, and an empty database. */
async function copy(): Promise<{data: string; url: string}> {
  copies += 1
  const data = join(w.folder, `copy-${copies}`)
  cpSync(original, data, {recursive: true})
  chmodSync(data, 0o700)
  return {data, url: await databaseUrl(`migrated_${process.pid}_${copies}`)}
}

const migrate = (data: string, url: string, ...flags: string[]) =>
  w.cli(['server', 'migrate-store', '--data', data, '--to', url, '--yes', ...flags])

/** What a store holds, by table. */
type Content = Record<string, unknown[]>

const plain = (rows: object[]) =>
  rows
    .map((row) =>
      JSON.stringify(
        Object.fromEntries(
          Object.entries(row)
            .map(([name, cell]) => [name, cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : cell])
            .sort(),
        ),
      ),
    )
    .sort()

function contentOfFile(data: string, file = 'postern.db'): Content {
  const database = openDatabase(data, file)
  const content = Object.fromEntries(
    moved.map(({name}) => [name, plain(database.prepare(`select * from ${name}`).all() as object[])]),
  )
  database.close()
  return content
}

async function contentOfDatabase(url: string): Promise<Content> {
  pg.types.setTypeParser(20, Number)
  const tables = moved.map(async ({name}) => [name, plain(await query(url, `select * from ${name}`))] as const)
  return Object.fromEntries(await Promise.all(tables))
}

const isEmpty = async (url: string): Promise<boolean> => {
  const [found] = await query<{there: string | null}>(url, "select to_regclass('organizations') as there")
  return found!.there === null || (await query(url, 'select 1 from organizations')).length === 0
}

async function serves(data: string, url: string, act: (server: RunningServer) => Promise<void>): Promise<void> {
  const env = {POSTERN_DATABASE_URL: url}
  const server = await startServer({data, home: w.home, env, args: ['--listen', new URL(w.server.url).host]})
  try {
    await act(server)
  } finally {
    await server.stop()
  }
}

here('server migrate-store', () => {
  test('moves every row, compares it, and serves the same clients from then on', async () => {
    const {data, url} = await copy()
    const before = contentOfFile(data)
    const {stdout} = await succeed(migrate(data, url, '--json'))
    expect(JSON.parse(stdout)).toMatchObject({
      rows: Object.values(before).flat().length,
      values: {total: 3, stuck: []},
      logs: [{breaks: []}, {breaks: []}, {breaks: []}],
      oldFile: join(data, 'postern.db.moved'),
    })
    const {audit, audit_heads: _, ...rest} = await contentOfDatabase(url)
    const {audit: auditBefore, audit_heads: __, ...restBefore} = before
    expect(rest).toEqual(restBefore)
    expect(audit).toEqual(expect.arrayContaining(auditBefore!))
    expect(contentOfFile(data, 'postern.db.moved')).toEqual(before)

    await serves(data, url, async (server) => {
      const {json} = await asToken(server, w.token, 'auditList', {
        params: {org: 'default'},
        query: {operation: 'server.migrate-store'},
      })
      expect(json.entries.map(({canonical}) => JSON.parse(canonical))).toMatchObject([
        {
          outcome: 'done',
          actor: {kind: 'server'},
          target: {kind: 'database', name: expect.stringContaining('migrated_')},
        },
      ])
      // Who saw the log before sees it go on.
      expect((await succeed(w.cli(['audit', 'verify']))).stdout).toMatch(/^Verified: /)
      // Numbers go on, too.
      await succeed(w.cli(['secret', 'set', '--scope', 'production', 'NEW'], {stdin: 'made here'}))
      await succeed(w.cli(['secret', 'set', '--scope', 'production', 'TOKEN'], {stdin: 'the newest'}))
      const created = await succeed(w.cli(['org', 'create', 'later', '--json']))
      expect(created.code).toBe(0)
    })
    const ids = await query<{id: number}>(url, 'select id from organizations order by id')
    expect(ids.map(({id}) => Number(id))).toEqual([1, 2, 3, 4])
  })

  test('leaves a folder in which no server makes a new store', async () => {
    const {data, url} = await copy()
    await succeed(migrate(data, url))
    await expect(startServer({data, home: w.home})).rejects.toThrow('has moved to a database')
  })

  test('is what moves a store: a server that is given an empty database beside one makes no other', async () => {
    const {data, url} = await copy()
    const before = contentOfFile(data)
    await expect(startServer({data, home: w.home, env: {POSTERN_DATABASE_URL: url}})).rejects.toThrow(
      'postern server migrate-store',
    )
    expect(await isEmpty(url)).toBe(true)
    expect(contentOfFile(data)).toEqual(before)
  })

  test('interrupted after its commit, it leaves a folder in which no server goes on, and is finished by running it again', async () => {
    const {data, url} = await copy()
    // What is in the way of the last step stands for a process that was killed before it.
    mkdirSync(join(data, 'postern.db.moved', 'full'), {recursive: true})
    expect((await migrate(data, url)).code).not.toBe(0)
    rmSync(join(data, 'postern.db.moved'), {recursive: true})
    expect(await isEmpty(url)).toBe(false)
    await expect(startServer({data, home: w.home})).rejects.toThrow('was interrupted')
    const again = await migrate(data, url)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('was moved already')])
    await expect(startServer({data, home: w.home})).rejects.toThrow('has moved to a database')
    await serves(data, url, async () => {
      const {stdout} = await succeed(w.cli(['variable', 'get', '--scope', 'other/place', 'REGION']))
      expect(stdout).toContain('\u00e4')
    })
  })

  test.each<[string, (at: {data: string; url: string}) => Promise<[string[], RunOptions?]>, number, RegExp]>([
    [
      'a password in a flag',
      async ({url}) => [['--to', url.replace('postern@', 'postern:hunter2@')]],
      2,
      /^Error: --to holds a password/,
    ],
    ['no database', async () => [[]], 2, /No database was named/],
    ['another database system', async () => [['--to', 'mysql://db/postern']], 2, /--to takes the URL of a PostgreSQL/],
    ['nobody to say yes', async ({url}) => [['--to', url, '--no-yes']], 2, /Add --yes/],
    ['a database that is not there', async ({url}) => [['--to', `${url}_not`]], 1, /there is no such database/],
    [
      'a wrong root key',
      async ({url}) => [['--to', url, '--root-key-file', join(w.folder, 'wrong.key')]],
      1,
      /needs the root key with id/,
    ],
    [
      'a database that has a store',
      async ({url}) => {
        const other = await world()
        await other.server.stop()
        await succeed(migrate(other.server.data, url))
        await other.close()
        return [['--to', url]]
      },
      1,
      /holds a store already/,
    ],
    [
      'a database that has this very store already',
      async ({url}) => {
        const other = await copy()
        await succeed(migrate(other.data, url))
        return [['--to', url]]
      },
      1,
      /holds this very store already/,
    ],
  ])('is refused with %s, and changes nothing', async (_, given, code, says) => {
    writeFileSync(join(w.folder, 'wrong.key'), Buffer.alloc(32, 9).toString('base64'))
    const at = await copy()
    const [flags, options] = await given(at)
    const before = contentOfFile(at.data)
    const yes = flags.includes('--no-yes') ? [] : ['--yes']
    const argv = ['server', 'migrate-store', '--data', at.data, ...flags.filter((flag) => flag !== '--no-yes'), ...yes]
    const ran = await w.cli(argv, options)
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(says)])
    expect(ran.stderr).not.toContain('hunter2')
    expect(contentOfFile(at.data)).toEqual(before)
    if (!/ already/.test(ran.stderr)) expect(await isEmpty(at.url)).toBe(true)
  })

  test('is refused while a server runs', async () => {
    const {data, url} = await copy()
    const server = await startServer({data, home: w.home})
    try {
      const {code, stderr} = await migrate(data, url)
      expect([code, stderr]).toEqual([1, expect.stringContaining('Another server is running')])
      expect(await isEmpty(url)).toBe(true)
    } finally {
      await server.stop()
    }
  })

  test('takes the URL from the environment, where a password may be', async () => {
    const {data, url} = await copy()
    const env = {POSTERN_DATABASE_URL: url.replace('postern@', 'postern:hunter2@')}
    const {stdout} = await succeed(w.cli(['server', 'migrate-store', '--data', data, '--yes'], {env}))
    expect(stdout).toContain('Moved')
    expect(stdout).not.toContain('hunter2')
  })

  test('of a store in which a value does not open moves nothing, unless it is told', async () => {
    const {data, url} = await copy()
    const database = openDatabase(data)
    database.exec('update versions set sealed = cast(substr(sealed, 1, length(sealed) - 1) as blob) where version = 1')
    database.close()
    const {code, stderr} = await migrate(data, url)
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/stored values do not open, the first .* TOKEN in production/),
    ])
    expect(await isEmpty(url)).toBe(true)
    expect(existsSync(join(data, 'postern.db'))).toBe(true)
    await succeed(migrate(data, url, '--keep-damaged'))
    expect(await isEmpty(url)).toBe(false)
  })

  test('killed in the middle, it leaves the database empty and the folder as it was; it is done by running it again', async () => {
    const {data, url} = await copy()
    // Makes the tables; then one of them is held, so that the move waits there.
    await killed(data, url, 'organizations')
    const before = contentOfFile(data)
    await killed(data, url, 'audit_heads')
    expect(await isEmpty(url)).toBe(true)
    expect(contentOfFile(data)).toEqual(before)
    await succeed(migrate(data, url))
    expect(await isEmpty(url)).toBe(false)
  })
})

/** Kills a move when it waits for a table, or has just made it. */
async function killed(data: string, url: string, table: string): Promise<void> {
  const holder = new pg.Client({connectionString: url})
  await holder.connect()
  const [there] = await query<{there: string | null}>(url, 'select to_regclass($1) as there', [table])
  await holder.query('begin')
  if (there!.there !== null) await holder.query(`lock table ${table} in exclusive mode`)
  const argv = ['server', 'migrate-store', '--data', data, '--to', url, '--yes']
  const child = start(argv, homeEnv(w.home))
  const ended = finished(child)
  const waits = `select 1 from pg_locks join pg_class on pg_class.oid = relation where relname = $1
    and (not granted or $2) and pg_locks.pid <> pg_backend_pid()`
  while ((await query(url, waits, [table, there!.there === null])).length === 0 && child.exitCode === null)
    await new Promise((next) => setTimeout(next, 5))
  child.kill('SIGKILL')
  await ended
  await holder.query('rollback')
  await holder.end()
}

here('a backup goes from one engine to the other', () => {
  test('and every row with it; one that fails leaves no root key', async () => {
    const secret = await generateX25519Identity()
    const identity = join(w.folder, 'identity.txt')
    writeFileSync(identity, secret)
    const recipient = await identityToRecipient(secret)
    const {data, url} = await copy()
    const key = join(data, 'root.key')
    const file = join(w.folder, 'from-sqlite.age')
    await succeed(w.cli(['server', 'backup', file, '--data', data, '--recipient', recipient]))

    const node = join(w.folder, 'node')
    const restore = ['server', 'restore', file, '--identity', identity, '--root-key-file', key]
    const env = {POSTERN_DATABASE_URL: url}
    const said = await succeed(w.cli([...restore, '--data', node], {env}))
    expect(said.stdout).toMatch(/^Restored \d+ rows into the database 127\.0\.0\.1/)
    expect(existsSync(join(node, 'postern.db'))).toBe(false)
    const again = await w.cli([...restore, '--data', node], {env})
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('holds a store already')])

    const whole = join(w.folder, 'with-key.age')
    await succeed(w.cli(['server', 'backup', whole, '--data', data, '--recipient', recipient, '--with-root-key']))
    const failed = await w.cli(['server', 'restore', whole, '--identity', identity, '--data', node], {env})
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('holds a store already')])
    expect(existsSync(join(node, 'root.key'))).toBe(false)

    // Back again, from a server that runs on the database.
    cpSync(key, join(node, 'root.key'))
    const back = join(w.folder, 'back')
    await serves(node, url, async () => {
      const from = join(w.folder, 'from-postgres.age')
      await succeed(w.cli(['server', 'backup', from, '--data', node, '--recipient', recipient], {env}))
      const checked = await succeed(
        w.cli(['server', 'backup', '--check', from, '--data', node, '--identity', identity, '--json']),
      )
      const id = rootKeyId(Buffer.from(readFileSync(key, 'utf8'), 'base64'))
      expect(JSON.parse(checked.stdout)).toMatchObject({
        header: {engine: 'postgres', rootKeyId: id},
        values: {total: 3},
      })
      await succeed(w.cli(['server', 'restore', from, '--data', back, '--identity', identity, '--root-key-file', key]))
    })
    const grown = ['audit', 'audit_heads']
    const without = (content: Content) => Object.entries(content).filter(([table]) => !grown.includes(table))
    expect(without(contentOfFile(back))).toEqual(without(contentOfFile(data)))
  })
})
