import {randomBytes} from 'node:crypto'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type Kysely, sql} from 'kysely'
import pg from 'pg'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openServices} from '../../../src/server/services.ts'
import {connectionsOf} from '../../../src/server/store/connections.ts'
import {preparedRows} from '../../../src/server/store/prepared.ts'
import type {Schema} from '../../../src/server/store/schema.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {storeFaultOf} from '../../../src/server/store/store-fault.ts'
import {stateOf} from '../../world/database.ts'
import {databaseOf, type Engine, engine, openTestStore} from '../../world/engine.ts'
import {query} from '../../world/postgres.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-store-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const options = async (rootKey: Buffer) => ({
  store: await openTestStore(folder),
  rootKey,
  version: '0',
  dashboardUrl: () => 'https://localhost',
})

/** What would change or remove an audit entry. */
const attacks: Record<Engine, [string, string][]> = {
  sqlite: [
    ['UPDATE', "update audit set outcome = 'refused'"],
    ['DELETE', 'delete from audit'],
    ['REPLACE', 'insert or replace into audit select * from audit'],
    ['UPSERT', "insert into audit select * from audit where true on conflict do update set outcome = 'refused'"],
  ],
  postgres: [
    ['UPDATE', "update audit set outcome = 'refused'"],
    ['DELETE', 'delete from audit'],
    ['TRUNCATE', 'truncate audit'],
    ['TRUNCATE, with the organization', 'truncate organizations cascade'],
    [
      'UPSERT',
      "insert into audit select * from audit on conflict (org_id, sequence) do update set outcome = 'refused'",
    ],
    ['MERGE', 'merge into audit using (select 1) as one on true when matched then delete'],
  ],
}

describe('the store', () => {
  test.each(attacks[engine])('refuses %s of an audit entry, in the database itself', async (_, statement) => {
    const services = await openServices(await options(Buffer.alloc(32, 1)))
    await services.ownerToken(async () => {})
    await services.close()
    const store = await openTestStore(folder)
    // What SQLite may be told not to do.
    for (const recursive of engine === 'sqlite' ? ['on', 'off'] : [null]) {
      if (recursive !== null) await sql.raw(`pragma recursive_triggers = ${recursive}`).execute(store.writer)
      await expect(sql.raw(statement).execute(store.writer)).rejects.toThrow('append-only')
    }
    expect(await store.reader.selectFrom('audit').select('outcome').execute()).toEqual([{outcome: 'done'}])
    await store.close()
  })

  test('hands out a reader that cannot write, in the engine too', async () => {
    const store = await openTestStore(folder)
    const writes = ['delete from tokens', 'create table mine (a integer)']
    for (const text of writes) await expect(sql.raw(text).execute(store.reader)).rejects.toThrow(/readonly|read-only/i)
    await store.close()
  })

  test('shows the next reader what was written, though readers share transactions', async () => {
    const store = await openTestStore(folder)
    const names = async (db: typeof store.reader) =>
      (await db.selectFrom('organizations').select('name').orderBy('id').execute()).map(({name}) => name)
    const add = (db: typeof store.writer, name: string) =>
      db.insertInto('organizations').values({name, created_at: 'now'}).execute()
    expect(await names(store.reader)).toEqual([])
    await add(store.writer, 'alone')
    expect(await names(store.reader)).toEqual(['alone'])
    await store.writer.transaction().execute(async (trx) => {
      await add(trx, 'within')
      expect(await names(store.reader)).toEqual(['alone'])
    })
    expect(await names(store.reader)).toEqual(['alone', 'within'])
    await store.close()
  })

  test.each([0, 1, 7, 8, 9, 16, 21])('writes %i rows in their order, in packs', async (number) => {
    const store = await openTestStore(folder)
    const insert = preparedRows(
      {name: 'text', created_at: 'text'},
      (db: Kysely<Schema>, rows: {name: string; created_at: string}[]) =>
        db.insertInto('organizations').values(rows).returning('name'),
    )
    const rows = Array.from({length: number}, (_, index) => ({name: `org-${index}`, created_at: `at ${index}`}))
    expect(await insert(store.writer, rows)).toEqual(rows.map(({name}) => ({name})))
    expect(
      await store.reader.selectFrom('organizations').select(['name', 'created_at']).orderBy('id').execute(),
    ).toEqual(rows)
    await store.close()
  })

  test('of a newer program is refused, and left as it is', async () => {
    const store = await openTestStore(folder)
    await sql`insert into kysely_migration values ('9999-later', '2030-01-01')`.execute(store.writer)
    await store.close()
    const before = await stateOf(folder)
    await expect(openTestStore(folder)).rejects.toMatchObject({name: 'NewerStore', step: '9999-later'})
    expect(await stateOf(folder)).toBe(before)
  })

  test('names the root key that it needs when another is given', async () => {
    await (await openServices(await options(Buffer.alloc(32, 1)))).close()
    await expect(openServices(await options(Buffer.alloc(32, 2)))).rejects.toThrow(
      /needs the root key with id [0-9a-f]{16}, and the one given has id/,
    )
    await (await openServices(await options(Buffer.alloc(32, 1)))).close()
  })
})

describe.runIf(engine === 'sqlite')('the embedded store', () => {
  test('keeps every commit on disk: WAL, synchronous FULL, foreign keys', async () => {
    const store = await openTestStore(folder)
    const value = async (name: string) =>
      Object.values((await sql.raw(`pragma ${name}`).execute(store.writer)).rows[0] as object)[0]
    expect([await value('journal_mode'), await value('synchronous'), await value('foreign_keys')]).toEqual([
      'wal',
      2,
      1,
    ])
    await store.close()
  })
})

describe.runIf(engine === 'postgres')('the store on PostgreSQL', () => {
  const told = async (db: Store['reader'], name: string) =>
    Object.values((await sql.raw(`show ${name}`).execute(db)).rows[0] as object)[0]

  test('has sessions that read the newest commit, in UTC, for no longer than they may', async () => {
    const store = await openTestStore(folder)
    for (const db of [store.writer, store.reader])
      expect(
        await Promise.all(
          ['default_transaction_isolation', 'timezone', 'statement_timeout'].map((name) => told(db, name)),
        ),
      ).toEqual(['read committed', 'UTC', '30s'])
    expect([
      await told(store.writer, 'synchronous_commit'),
      await told(store.writer, 'default_transaction_read_only'),
    ]).toEqual(['on', 'off'])
    await store.close()
  })

  test('asks its own segments whether an entry was pruned, not those of who would delete it', async () => {
    const services = await openServices(await options(Buffer.alloc(32, 1)))
    await services.ownerToken(async () => {})
    await services.close()
    const url = await databaseOf(folder)
    // Of the whole cluster, so it has the name of this store.
    const role = `deletes_${randomBytes(6).toString('hex')}`
    await query(
      url,
      `create role ${role} login; grant select, delete on audit to ${role};
      grant select on audit_segments to ${role}`,
    )
    const other = new pg.Client({connectionString: url.replace('postern@', `${role}@`)})
    await other.connect()
    try {
      await other.query(`create temp table audit_segments as
        select org_id, 1 as first_sequence, 1000 as last_sequence, 'now' as pruned_at from audit`)
      await expect(other.query('delete from audit')).rejects.toThrow('append-only')
      expect(await query(url, 'select outcome from audit')).toEqual([{outcome: 'done'}])
    } finally {
      await other.end()
      await query(url, `drop owned by ${role}; drop role ${role}`)
    }
  })

  test('is overloaded, and not unreachable, while all its connections are in use', async () => {
    const pool = new pg.Pool({connectionString: await databaseOf(folder), max: 1, connectionTimeoutMillis: 50})
    const connections = connectionsOf(pool, 'select 1')
    const busy = await connections.connect()
    expect(storeFaultOf(await connections.connect().catch((error: unknown) => error))).toBe('overloaded')
    busy.release()
    await pool.end()
    const away = new pg.Pool({port: 1, host: '127.0.0.1', max: 1, connectionTimeoutMillis: 50})
    const error = await connectionsOf(away, 'select 1')
      .connect()
      .catch((failed: unknown) => failed)
    expect(storeFaultOf(error)).toBe('unreachable')
    await away.end()
  })

  test('reads again what was prepared before a change of the schema', async () => {
    const store = await openTestStore(folder)
    await sql`create table changing (id bigint)`.execute(store.writer)
    const read = () => sql`select * from changing where ${1} = 1`.execute(store.reader)
    for (let times = 0; times < 3; times++) expect((await read()).rows).toEqual([])
    await sql`alter table changing add column more text`.execute(store.writer)
    expect((await read()).rows).toEqual([])
    await store.close()
  })

  test('prepares what comes again, and no more than so many texts', async () => {
    const store = await openTestStore(folder)
    const count = async () =>
      (await sql<{n: number}>`select count(*) as n from pg_prepared_statements`.execute(store.reader)).rows[0]!.n
    const one = (id: number) => store.reader.selectFrom('organizations').select('name').where('id', '=', id).execute()
    await one(1)
    expect(await count()).toBe(0)
    await one(2)
    await one(3)
    expect(await count()).toBe(1)
    for (let width = 1; width <= 400; width++)
      for (const _ of [1, 2]) await sql`select ${sql.join(Array(width).fill(1))}`.execute(store.reader)
    expect(await count()).toBe(300)
    await store.close()
  })
})
