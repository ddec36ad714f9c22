import {createHash} from 'node:crypto'
import {readdirSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import type {DatabaseSyncInstance} from '@photostructure/sqlite'
import pg from 'pg'
import {databaseOf, engine} from './engine.ts'

type Value = string | number | null | Uint8Array
type Row = Record<string, unknown>

/** A store that is looked at, or meddled with, beside its server. */
export interface Beside {
  /** One statement of SQL that both engines take, with a `?` for each value. */
  query: <R = Row>(text: string, ...values: Value[]) => Promise<R[]>
  close: () => Promise<void>
}

/** The library that a server of this process has: two of them do not see each other's locks, and the one would remove the other's log. */
const library = Number(process.versions.node.split('.')[0]) >= 24 ? 'node:sqlite' : '@photostructure/sqlite'

/** Opens the file of an embedded store beside its server, or another file: for what is about SQLite alone. */
export function openDatabase(data: string, file = 'postern.db'): DatabaseSyncInstance {
  const {DatabaseSync} = createRequire(import.meta.url)(library) as typeof import('@photostructure/sqlite')
  return new DatabaseSync(join(data, file))
}

/** Opens the store of a data folder, in whichever engine this run has it. */
export async function beside(data: string): Promise<Beside> {
  if (engine === 'postgres') return besidePostgres(data)
  const database = openDatabase(data)
  return {
    query: async <R>(text: string, ...values: Value[]) => database.prepare(text).all(...values) as R[],
    close: async () => {
      database.close()
      // A server reads what others wrote once the transaction is over that its reads share (SNAPSHOT of src/server/store/sqlite.ts).
      await pause(20)
    },
  }
}

/** Integers of 64 bits are numbers here too. */
const parsers: Record<number, (text: string) => unknown> = {20: Number, 1700: Number}
const types = {
  getTypeParser: (oid: number, format?: 'text') => parsers[oid] ?? pg.types.getTypeParser(oid, format),
} as typeof pg.types

async function besidePostgres(data: string): Promise<Beside> {
  const client = new pg.Client({connectionString: await databaseOf(data), types})
  await client.connect()
  return {
    query: async <R>(text: string, ...values: Value[]) => {
      let place = 0
      const numbered = text.replaceAll('?', () => {
        place += 1
        return `$${place}`
      })
      return (await client.query(numbered, values)).rows as R[]
    },
    close: () => client.end(),
  }
}

/** Asks the store of a data folder one thing. */
export async function sqlOn<R = Row>(data: string, text: string, ...values: Value[]): Promise<R[]> {
  const store = await beside(data)
  try {
    return await store.query<R>(text, ...values)
  } finally {
    await store.close()
  }
}

const tablesOf = {
  sqlite: "select name from sqlite_master where type = 'table' order by name",
  postgres: "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
}

/** Every row of every table but those named, as text that can be compared. */
export async function contentOf(data: string, except: readonly string[] = []): Promise<Record<string, string[]>> {
  const store = await beside(data)
  try {
    const content: Record<string, string[]> = {}
    for (const {name} of await store.query<{name: string}>(tablesOf[engine]))
      if (!except.includes(name)) content[name] = (await store.query(`select * from "${name}"`)).map(rowText).sort()
    return content
  } finally {
    await store.close()
  }
}

/** What a store holds, to be compared with what it holds later: of the file of a stopped server, each byte. */
export async function stateOf(data: string): Promise<string> {
  if (engine === 'postgres') return JSON.stringify(await contentOf(data))
  return createHash('sha256')
    .update(readFileSync(join(data, 'postern.db')))
    .digest('hex')
}

/** The files that a store is in, with all that was written so far. */
export async function filesOf(data: string): Promise<string[]> {
  if (engine === 'sqlite') return filesIn(data, (name) => name.startsWith('postern.db'))
  const store = await beside(data)
  try {
    await store.query('checkpoint')
    const [at] = await store.query<{folder: string; id: string}>(
      "select current_setting('data_directory') as folder, oid::text as id from pg_database where datname = current_database()",
    )
    return filesIn(join(at!.folder, 'base', at!.id), () => true)
  } finally {
    await store.close()
  }
}

const filesIn = (folder: string, isOne: (name: string) => boolean) =>
  readdirSync(folder)
    .filter(isOne)
    .map((name) => join(folder, name))

/** What jobs write, each minute or second. */
const MINUTELY = ['last_used_at', 'idle_until', 'sealed_count']

const rowText = (row: Row) =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(row)
        .filter(([name]) => !MINUTELY.includes(name))
        .map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value]),
    ),
  )

/** What a refused call may change: the audit log alone. */
export const AUDIT_TABLES = ['audit', 'audit_heads']
