import type {ConnectionOptions} from 'node:tls'
import {
  type ControlledTransaction,
  Kysely,
  type MigrationLockOptions,
  PostgresAdapter,
  PostgresDialect,
  type QueryCompiler,
} from 'kysely'
import {connectionsOf, endingClient} from './connections.ts'
import {pg} from './pg.ts'
import type {Schema} from './schema.ts'
import {PostgresCompiler} from './words.ts'

/** Where a database is, and how it is to be spoken to. */
export interface DatabaseSettings {
  /** Without anything of TLS. It may hold a password, so it is never printed. */
  url: string
  /** Host, port and name, for messages. */
  place: string
  ssl: ConnectionOptions | false
  /** The most connections that read; two more write. */
  pool: number
  /** How long a statement may take, in milliseconds; 0: as long as it needs. */
  statementTimeout: number
}

/** One for the gate, which takes one turn at a time, and one for what is written beside it. */
const WRITERS = 2

/** How long a connection may take to open, and how long an ask waits for a free one, in milliseconds. */
const CONNECT = 10_000

/** After how long an idle connection is tried, and how much longer than the database an answer is waited for, in milliseconds. */
const KEEP_ALIVE = 10_000
const GRACE = 5000

interface Options {
  /** No statement of these connections can write, in the engine too. */
  reads: boolean
  /** How long a transaction may wait for this program's next statement, in milliseconds, before the database ends it; undefined: as long as it likes. */
  idle?: number
  /** Told of a connection that ended while nobody used it. */
  onLost: (error: Error) => void
}

/**
 * Kysely over a pool of connections to PostgreSQL, or to what speaks its protocol. Transactions are READ COMMITTED: each
 * statement sees what was committed before it, so also what the one did that held the lock which it waited for.
 */
export function openPostgres(settings: DatabaseSettings, {reads, idle, onLost}: Options): Kysely<Schema> {
  const {Pool, types} = pg()
  const pool = new Pool({
    Client: endingClient(),
    connectionString: settings.url,
    ssl: settings.ssl,
    max: reads ? settings.pool : WRITERS,
    connectionTimeoutMillis: CONNECT,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE,
    // The database's own limit says nothing when the database is gone without a word.
    ...(settings.statementTimeout > 0 && {query_timeout: settings.statementTimeout + GRACE}),
    pipeline: true,
    application_name: `postern ${reads ? 'reads' : 'writes'}`,
    types: {getTypeParser: (oid: number) => parsers[oid] ?? types.getTypeParser(oid, 'text')} as typeof types,
  })
  pool.on('error', onLost)
  // The pool listens to what is idle alone; of what is in use, as a turn between two statements, the next statement tells.
  pool.on('connect', (client) => client.on('error', () => {}))
  // Of the session, not of the URL: a pooler in between may refuse start-up options that it does not know.
  const session = [
    "set timezone = 'UTC'",
    'set client_min_messages = warning',
    `set statement_timeout = ${settings.statementTimeout}`,
    "set default_transaction_isolation = 'read committed'",
    ...(reads ? ['set default_transaction_read_only = on'] : []),
    ...(idle === undefined ? [] : [`set idle_in_transaction_session_timeout = ${idle}`]),
    `select set_config(name, 'off', false) from pg_settings where name in (${AVOIDED.map((name) => `'${name}'`).join(', ')})`,
  ].join('; ')
  const dialect = new PostgresDialect({pool: connectionsOf(pool, session)})
  dialect.createQueryCompiler = (): QueryCompiler => new PostgresCompiler()
  dialect.createAdapter = () => new RowLocking(() => db)
  const db = new Kysely<Schema>({dialect})
  return db
}

/**
 * Ways to run a statement that read whole tables. Every statement here has an index to go by, and looks for some hundred
 * rows at most; the planner, which does not know how long a list is, would read all names of an organization for two.
 */
const AVOIDED = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit']

/** Integers of 64 bits, and sums of them: none here comes near 2^53. */
const parsers: Record<number, (text: string) => unknown> = {20: Number, 1700: Number}

/**
 * Migrations of several servers that start at once go one after the other: a transaction beside them holds the row of
 * Kysely's lock table. A lock by number, of the session, is not in every engine, nor behind a pooler.
 */
class RowLocking extends PostgresAdapter {
  readonly #db: () => Kysely<Schema>
  #holding: ControlledTransaction<Schema> | undefined

  constructor(db: () => Kysely<Schema>) {
    super()
    this.#db = db
  }

  // biome-ignore lint/suspicious/noExplicitAny: the tables of a migration are in no schema
  override async acquireMigrationLock(_db: Kysely<any>, {lockTable, lockRowId}: MigrationLockOptions): Promise<void> {
    this.#holding = await this.#db().startTransaction().execute()
    await lockRow(this.#holding, lockTable, lockRowId)
  }

  override async releaseMigrationLock(): Promise<void> {
    await this.#holding?.rollback().execute()
    this.#holding = undefined
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as above
const lockRow = (db: Kysely<any>, table: string, id: string) =>
  db.selectFrom(table).select('id').where('id', '=', id).forUpdate().execute()
