import {join} from 'node:path'
import type {Kysely, Transaction} from 'kysely'
import {migrate} from './migrations/index.ts'
import {postgresTypes} from './migrations/postgres-types.ts'
import {sqliteTypes} from './migrations/types.ts'
import {type DatabaseSettings, openPostgres} from './postgres.ts'
import type {Schema} from './schema.ts'
import {openSqlite, openSqliteReader} from './sqlite.ts'

export interface Store {
  engine: 'sqlite' | 'postgres'
  /** The gate alone may hold this one. */
  writer: Kysely<Schema>
  /** Read-only in the engine too. */
  reader: Kysely<Schema>
  /** Whether the writer is inside a transaction: a full disk may have ended it. */
  inTransaction: () => boolean
  /**
   * Leaves of what was deleted no byte in the files. Between transactions. @throws when somebody else is reading them: then
   * it is owed until it is done.
   */
  forget: () => void
  /** Null: the engine keeps what was deleted until it writes over it, and nothing here hastens that. */
  owesForgetting: () => boolean | null
  close: () => Promise<void>
}

/** Where a store is: the data folder, or a database. */
export type StorePlace = string | DatabaseSettings

/**
 * Opens the store and brings its schema up to date. `onLost` is told of connections that ended while nobody used them.
 * @throws NewerStore when a newer program had it; nothing is changed then.
 */
export const openStore = (place: StorePlace, onLost: (error: Error) => void = () => {}): Promise<Store> =>
  typeof place === 'string' ? openEmbedded(place) : openServed(place, onLost)

/** Lets one server after the other do what a store needs once; to the end of the transaction. */
export const oneAtATime = async (trx: Transaction<Schema>): Promise<void> => {
  await (trx as unknown as Kysely<{kysely_migration_lock: {id: string}}>)
    .selectFrom('kysely_migration_lock')
    .select('id')
    .forUpdate()
    .execute()
}

/** The store in the data folder. */
async function openEmbedded(folder: string): Promise<Store> {
  const path = join(folder, 'postern.db')
  let refresh = () => {}
  const write = openSqlite(path, () => refresh())
  await migrate(write.db, sqliteTypes).catch(async (error: unknown) => {
    await write.db.destroy()
    throw error
  })
  let owed = false
  const forget = () => {
    owed = true
    write.forget()
    owed = false
  }
  try {
    // What a process that was killed had deleted is in the log alone, and what it replaced still in the file.
    forget()
  } catch {
    // It is owed now.
  }
  const read = openSqliteReader(path)
  refresh = read.refresh
  return {
    engine: 'sqlite',
    writer: write.db,
    reader: read.db,
    inTransaction: write.inTransaction,
    forget,
    owesForgetting: () => owed,
    close: async () => {
      read.refresh()
      await read.db.destroy()
      await write.db.destroy()
    },
  }
}

/**
 * How long a turn of the gate may wait for its server, in milliseconds. One that is frozen, or gone with its machine, holds
 * the head of a chain that all other servers wait for.
 */
const IDLE = 10_000

/** The store on a database server, which other servers may use at the same time. */
async function openServed(settings: DatabaseSettings, onLost: (error: Error) => void): Promise<Store> {
  // A step may take longer than any statement later.
  const migrating = openPostgres({...settings, statementTimeout: 0}, {reads: false, onLost})
  await migrate(migrating, postgresTypes).finally(() => migrating.destroy())
  const writer = openPostgres(settings, {reads: false, idle: IDLE, onLost})
  const reader = openPostgres(settings, {reads: true, onLost})
  const close = async () => {
    await reader.destroy()
    await writer.destroy()
  }
  return {
    engine: 'postgres',
    writer,
    reader,
    // It ends no transaction by itself: one that failed refuses all that follows, a commit too.
    inTransaction: () => true,
    forget: () => {},
    owesForgetting: () => null,
    close,
  }
}
