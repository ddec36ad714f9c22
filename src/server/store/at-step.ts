import {join} from 'node:path'
import {type Kysely, sql, type Transaction} from 'kysely'
import {migrate} from './migrations/index.ts'
import {postgresTypes} from './migrations/postgres-types.ts'
import {sqliteTypes} from './migrations/types.ts'
import {openPostgres} from './postgres.ts'
import type {Schema} from './schema.ts'
import {openSqlite} from './sqlite.ts'
import type {StorePlace} from './store.ts'

/** Opens a place to write, after its schema was brought to a step, which may be an earlier one than this program's. */
export async function openStoreAt(place: StorePlace, step: string): Promise<Kysely<Schema>> {
  const embedded = typeof place === 'string'
  const db = embedded
    ? openSqlite(join(place, 'postern.db'), () => {}).db
    : openPostgres({...place, statementTimeout: 0}, {reads: false, onLost: () => {}})
  await migrate(db, embedded ? sqliteTypes : postgresTypes, step).catch(async (error: unknown) => {
    await db.destroy()
    throw error
  })
  return db
}

/** Has the next row of a table get a number after this one. */
export async function setLastId(db: Transaction<Schema>, engine: 'sqlite' | 'postgres', table: string, last: number) {
  if (engine === 'postgres') {
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${last})`.execute(db)
    return
  }
  await sql`delete from sqlite_sequence where name = ${table}`.execute(db)
  await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(db)
}
