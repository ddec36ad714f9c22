import {
  type Compilable,
  type CompiledQuery,
  ControlledTransaction,
  type DatabaseConnection,
  type InsertQueryNode,
  type Kysely,
  type OperationNodeSource,
  PostgresAdapter,
  type QueryResult,
  sql,
} from 'kysely'
import {BREATH, breathe} from './breathe.ts'
import type {Schema} from './schema.ts'
import type {ColumnType} from './words.ts'

type Selects = Pick<Kysely<Schema>, 'selectFrom'>

/** Where a value goes that is not known when the statement is built. */
class Place {
  readonly index: number
  constructor(index: number) {
    this.index = index
  }
}

/**
 * A statement that Kysely builds and compiles once, at its first use: that takes longer than SQLite takes to run it.
 * `build` must not look at its values, and give the same text for all: lists go in as one value, see json-list.ts.
 */
export function prepared<D extends Selects, V extends readonly unknown[], R>(
  build: (db: D, ...values: V) => Compilable<R>,
): (db: D, ...values: V) => Promise<R[]> {
  return compiledOnce((db: D, number: number) => build(db, ...(places(number) as unknown as V)).compile())
}

const places = (number: number) => Array.from({length: number}, (_, index) => new Place(index))

function compiledOnce<D extends Selects, V extends readonly unknown[], R>(
  compile: (db: D, number: number) => CompiledQuery<R>,
): (db: D, ...values: V) => Promise<R[]> {
  const compiled = new WeakMap<object, CompiledQuery<R>>()
  return async (db, ...values) => {
    const executor = executorOf(db)
    let query = compiled.get(executor.adapter)
    if (query === undefined) {
      query = compile(db, values.length)
      compiled.set(executor.adapter, query)
    }
    const parameters = query.parameters.map((given) => (given instanceof Place ? values[given.index] : given))
    const {sql: text, query: node, queryId} = query
    return (await run<R>(db, {sql: text, parameters, query: node, queryId})).rows
  }
}

const connections = new WeakMap<object, DatabaseConnection>()

/**
 * Over a network, what is asked of one transaction goes out in its order without waiting for answers: PostgreSQL reads it
 * as it comes. Kysely would hold each statement back until the one before is answered.
 */
async function run<R>(db: Selects, query: CompiledQuery<R>): Promise<QueryResult<R>> {
  const executor = executorOf(db)
  if (!(executor.adapter instanceof PostgresAdapter && (db as Kysely<Schema>).isTransaction) || isOver(db))
    return executor.executeQuery<R>(query)
  let connection = connections.get(executor)
  if (connection === undefined) {
    connection = await executor.provideConnection(async (of) => of)
    connections.set(executor, connection)
  }
  return connection.executeQuery<R>(query)
}

/** Whether a transaction has ended: its connection is somebody else's, and Kysely refuses what is asked of it. */
const isOver = (db: Selects): boolean => db instanceof ControlledTransaction && (db.isCommitted || db.isRolledBack)

const executorOf = (db: Selects) => (db as unknown as Kysely<Schema>).getExecutor()

type Insert<D, T, R> = (db: D, rows: T[]) => Compilable<R> & OperationNodeSource

/** Writes any number of rows with statements whose text does not depend on it; gives what they return. */
export function preparedRows<D extends Selects, T extends object, R>(
  columns: Readonly<Record<keyof T & string, ColumnType>> | Readonly<Partial<Record<keyof T & string, ColumnType>>>,
  build: Insert<D, T, R>,
): (db: D, rows: readonly T[]) => Promise<R[]> {
  const types = columns as Readonly<Record<keyof T & string, ColumnType>>
  const [inPacks, atOnce] = [rowsInPacks(types, build), rowsAtOnce(types, build)]
  return async (db, rows) => {
    if (rows.length === 0) return []
    return executorOf(db).adapter instanceof PostgresAdapter ? atOnce(db, rows) : inPacks(db, rows)
  }
}

/** The most rows of one statement. Of packs from 1 to 64 rows, SQLite takes a row fastest in one of this size. */
const PACK = 8

/** With statements of two texts, one for a full pack and one for a single row. */
function rowsInPacks<D extends Selects, T extends object, R>(
  types: Readonly<Record<keyof T & string, ColumnType>>,
  build: Insert<D, T, R>,
): (db: D, rows: readonly T[]) => Promise<R[]> {
  const columns = Object.keys(types) as (keyof T & string)[]
  const ofSize = (size: number) =>
    prepared((db: D, ...values: unknown[]) =>
      build(
        db,
        Array.from({length: size}, (_, row) =>
          Object.fromEntries(columns.map((column, index) => [column, values[row * columns.length + index]])),
        ) as T[],
      ),
    )
  const [pack, single] = [ofSize(PACK), ofSize(1)]
  return async (db, rows) => {
    const returned: R[] = []
    for (let at = 0; at < rows.length; ) {
      if (at > 0 && at % BREATH === 0) await breathe()
      const size = rows.length - at < PACK ? 1 : PACK
      const values = rows.slice(at, at + size).flatMap((row) => columns.map((column) => row[column]))
      returned.push(...(await (size === 1 ? single : pack)(db, ...values)))
      at += size
    }
    return returned
  }
}

/** With one statement, whose one value is all rows in JSON: over a network, each statement costs a round trip. */
function rowsAtOnce<D extends Selects, T extends object, R>(
  types: Readonly<Record<keyof T & string, ColumnType>>,
  build: Insert<D, T, R>,
): (db: D, rows: readonly T[]) => Promise<R[]> {
  const columns = Object.entries<ColumnType>(types) as [keyof T & string, ColumnType][]
  const insert = compiledOnce((db: D) => {
    const builder = build(db, [Object.fromEntries(columns.map(([column]) => [column, null])) as T])
    const typed = columns.map(([column, type]) => sql`${sql.ref(column)} ${sql.raw(wordOf[type])}`)
    const rows = sql`select * from json_to_recordset(${new Place(0)}::json) as given(${sql.join(typed)})`
    const node = {...(builder.toOperationNode() as InsertQueryNode), values: rows.toOperationNode()}
    return executorOf(db).compileQuery<R>(node, builder.compile().queryId)
  })
  const plain = (value: unknown) => (value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value)
  return (db, rows) =>
    insert(db, JSON.stringify(rows.map((row) => Object.fromEntries(columns.map(([at]) => [at, plain(row[at])])))))
}

const wordOf: Record<ColumnType, string> = {integer: 'bigint', text: 'text', bytes: 'bytea'}
