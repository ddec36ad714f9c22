import {connect, createServer, type Server, type Socket} from 'node:net'
import {sql} from 'kysely'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {noteLastUse} from '../../../src/server/credentials/last-use.ts'
import {openPostgres} from '../../../src/server/store/postgres.ts'
import {storeFaultOf} from '../../../src/server/store/store-fault.ts'
import {databaseUrl} from '../../world/engine.ts'

/** What stands between a pool and PostgreSQL: it ends a connection that says `ends`, or goes silent. */
let between: {url: string; ends: string | null; silent: boolean; close: () => Promise<void>}

beforeEach(async () => {
  const target = new URL(await databaseUrl('t_connections'))
  const sockets = new Set<Socket>()
  const server: Server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => (socket === client ? database : client).destroy())
    }
    client.on('data', (part) => {
      if (between.ends !== null && part.includes(between.ends)) client.destroy()
      else if (!between.silent) database.write(part)
    })
    database.on('data', (part) => {
      if (!between.silent) client.write(part)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = new URL(target)
  url.port = String((server.address() as {port: number}).port)
  between = {
    url: url.href,
    ends: null,
    silent: false,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
})
afterEach(() => between.close())

const open = (statementTimeout = 30_000) =>
  openPostgres(
    {url: between.url, place: 'the database', ssl: false, pool: 2, statementTimeout},
    {reads: false, onLost: () => {}},
  )

describe('connections to PostgreSQL', () => {
  test('that end while they are set up cost none of the pool', async () => {
    const db = open()
    between.ends = 'set timezone'
    for (let tries = 0; tries < 5; tries += 1) await expect(sql`select 1`.execute(db)).rejects.toThrow('lost')
    between.ends = null
    const both = await Promise.all([sql`select 1 as one`.execute(db), sql`select 1 as one`.execute(db)])
    expect(both.map(({rows}) => rows)).toEqual([[{one: 1}], [{one: 1}]])
    await db.destroy()
  })

  test('are given up when the database is gone without a word, and others are opened', async () => {
    const db = open(100)
    await sql`select 1`.execute(db)
    between.silent = true
    const asked = await sql`select 1`.execute(db).catch((error: unknown) => error)
    expect(storeFaultOf(asked)).toBe('unreachable')
    between.silent = false
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{one: 1}])
    await db.destroy()
  })

  test('keep the last uses of tokens that could not be written', async () => {
    const db = open()
    await sql`create table tokens (id bigint primary key, last_used_at text)`.execute(db)
    await sql`insert into tokens values (1, null), (2, null)`.execute(db)
    const uses = noteLastUse(db)
    const use = (tokenId: number, at: string) => uses.note({tokenId, sessionId: null, surface: 'cli'}, at)
    use(1, '2026-06-01T10:00:30.000Z')
    between.ends = 'for update'
    await expect(uses.write()).rejects.toThrow('lost')
    between.ends = null
    use(2, '2026-06-01T10:01:30.000Z')
    await uses.write()
    const {rows} = await sql`select * from tokens order by id`.execute(db)
    expect(rows).toEqual([
      {id: 1, last_used_at: '2026-06-01T10:00:00.000Z'},
      {id: 2, last_used_at: '2026-06-01T10:01:00.000Z'},
    ])
    await sql`drop table tokens`.execute(db)
    await db.destroy()
  })
})
