import {statSync} from 'node:fs'
import {createRequire} from 'node:module'
import {pathToFileURL} from 'node:url'
import type {DatabaseSyncInstance as Database, StatementSyncInstance as StatementSync} from '@photostructure/sqlite'
import {
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely'
import type {Schema} from './schema.ts'
import {SqliteCompiler} from './words.ts'

/** A connection, and Kysely over it. */
interface Opened {
  db: Kysely<Schema>
  inTransaction: () => boolean
}

/** The engine: Node's own where it has one that is stable (24 and up), else the package with the same interface. */
function engine(): new (path: string, options: {readOnly: boolean}) => Database {
  const require = createRequire(import.meta.url)
  const builtIn = Number(process.versions.node.split('.')[0]) >= 24
  return builtIn ? require('node:sqlite').DatabaseSync : require('@photostructure/sqlite').DatabaseSync
}

/**
 * Opens the file at `path` to write. `before` is called before each statement. `forget` leaves of what was deleted no
 * byte in the files; between transactions; it throws when somebody else is reading them.
 */
export function openSqlite(path: string, before: () => void): Opened & {forget: () => void} {
  const connection = connect(path, false)
  // secure_delete: a value that was purged, a key that was destroyed or wrapped anew, must not stay behind in what is
  // free of its page, nor in a page that is free.
  // temp_store: what a savepoint keeps to go back to is no file, which took five writes more for each row.
  connection.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma temp_store = memory',
  )
  const forget = () => {
    before()
    emptyWal(connection)
  }
  return {...over(connection, before, () => quietly(forget)), forget}
}

/** How long a transaction of the reader lasts at most, in milliseconds. */
const SNAPSHOT = 10

/**
 * Opens it to read alone. Reads that follow each other share a transaction, since to open one takes five times as long
 * as to find a row. `refresh` ends it: whoever writes says so first, and then all who read see what was written.
 */
export function openSqliteReader(path: string): Opened & {refresh: () => void} {
  const connection = connect(path, true)
  const [begin, end] = [connection.prepare('begin'), connection.prepare('commit')]
  let timer: NodeJS.Timeout | null = null
  const refresh = () => {
    if (timer === null) return
    clearTimeout(timer)
    timer = null
    if (connection.isOpen) end.run()
  }
  const before = () => {
    if (timer !== null) return
    begin.run()
    timer = setTimeout(refresh, SNAPSHOT)
  }
  // Closed inside a transaction, a connection lives on until its statements are collected, and keeps the log as it is.
  return {...over(connection, before, refresh, Unqueued), refresh}
}

/** Opens it to read alone, all of it as it is at this moment, for as long as it stays open. */
export function openSqliteSnapshot(path: string): Opened {
  const connection = connect(path, true)
  connection.exec('begin')
  // The first read says which moment it is.
  connection.prepare('select count(*) from sqlite_master').get()
  return over(
    connection,
    () => {},
    () => connection.exec('commit'),
    Unqueued,
  )
}

/**
 * Opens it to read alone, and leaves no file behind: to read beside nobody, SQLite would make a write-ahead log, which who
 * only reads cannot remove. Without one, nobody has the file open.
 */
export function openSqliteLook(path: string): Opened {
  const isStill = (statSync(`${path}-wal`, {throwIfNoEntry: false})?.size ?? 0) === 0
  const connection = connect(isStill ? `${pathToFileURL(path).href}?immutable=1` : path, true)
  return over(
    connection,
    () => {},
    () => {},
    Unqueued,
  )
}

/** Kysely has all wait in line for the one connection, and wakes all at each step. What only reads need not wait. */
class Unqueued extends SqliteDriver {
  #connection: Promise<DatabaseConnection> | undefined

  override acquireConnection(): Promise<DatabaseConnection> {
    this.#connection ??= super.acquireConnection()
    return this.#connection
  }

  override async releaseConnection(): Promise<void> {}
}

/** Brings the log into the file, so that nothing old is left in either. @throws when another reader is in the way. */
function emptyWal(connection: Database): void {
  // Who reads from outside must not hold up every request.
  connection.exec('pragma busy_timeout = 0')
  try {
    const {busy} = connection.prepare('pragma wal_checkpoint(truncate)').get() as {busy: number}
    if (busy !== 0) throw new Error('the write-ahead log is in use')
  } finally {
    connection.exec(`pragma busy_timeout = ${PATIENCE}`)
  }
}

function quietly(act: () => void): void {
  try {
    act()
  } catch {
    // A full disk, or another reader: nothing is lost, since the log is read at the next open.
  }
}

/** How long a statement waits for another process, in milliseconds. */
const PATIENCE = 5000

function connect(path: string, readOnly: boolean): Database {
  const connection = new (engine())(path, {readOnly})
  connection.exec(
    `pragma foreign_keys = on; pragma recursive_triggers = on; pragma busy_timeout = ${PATIENCE}; pragma trusted_schema = off`,
  )
  return connection
}

const CACHED_STATEMENTS = 400

/** Kysely over a connection. Statements are prepared once and kept, the longest unused go first. */
function over(connection: Database, before: () => void, closing = () => {}, Driver = SqliteDriver): Opened {
  const cache = new Map<string, SqliteStatement>()
  const database: SqliteDatabase = {
    close: () => {
      cache.clear()
      closing()
      connection.close()
    },
    prepare: (text) => {
      const kept = cache.get(text)
      if (kept !== undefined) {
        cache.delete(text)
        cache.set(text, kept)
        return kept
      }
      const made = adapted(connection.prepare(text === 'begin' ? 'begin immediate' : text), before)
      const statement = text === 'rollback' ? onlyIf(() => connection.isTransaction, made) : made
      cache.set(text, statement)
      if (cache.size > CACHED_STATEMENTS) cache.delete(cache.keys().next().value!)
      return statement
    },
  }
  const dialect = new SqliteDialect({database})
  dialect.createDriver = () => new Driver({database})
  dialect.createAdapter = () => new WholeMigrations()
  dialect.createQueryCompiler = () => new SqliteCompiler()
  return {
    db: new Kysely<Schema>({dialect}),
    inTransaction: () => connection.isTransaction,
  }
}

/** Changes of the schema are undone with the rest of a transaction, so what interrupts an upgrade leaves the store as it was. */
class WholeMigrations extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** What ended a transaction is the error to tell of; a full disk undoes one by itself, and then there is nothing to undo. */
const onlyIf = (isNeeded: () => boolean, statement: SqliteStatement): SqliteStatement => ({
  ...statement,
  run: (parameters) => (isNeeded() ? statement.run(parameters) : {changes: 0, lastInsertRowid: 0}),
})

function adapted(statement: StatementSync, before: () => void): SqliteStatement {
  const bound = (parameters: ReadonlyArray<unknown>) => {
    before()
    return parameters as never[]
  }
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bound(parameters)),
    run: (parameters) => statement.run(...bound(parameters)),
    iterate: (parameters) => statement.iterate(...bound(parameters)) as IterableIterator<unknown>,
  }
}
