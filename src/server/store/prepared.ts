import type {Compilable, CompiledQuery, Kysely} from 'kysely'
import type {Schema} from './schema.ts'

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
  const compiled = new WeakMap<object, CompiledQuery<R>>()
  return async (db, ...values) => {
    const executor = (db as unknown as Kysely<Schema>).getExecutor()
    let query = compiled.get(executor.adapter)
    if (query === undefined) {
      query = build(db, ...(values.map((_, index) => new Place(index)) as unknown as V)).compile()
      compiled.set(executor.adapter, query)
    }
    const parameters = query.parameters.map((given) => (given instanceof Place ? values[given.index] : given))
    const {sql, query: node, queryId} = query
    return (await executor.executeQuery<R>({sql, parameters, query: node, queryId})).rows
  }
}

/** The most rows of one statement. Of packs from 1 to 64 rows, SQLite takes a row fastest in one of this size. */
const PACK = 8

/**
 * Writes any number of rows with statements of two texts, one for a full pack and one for a single row, each compiled
 * once; gives what they return.
 */
export function preparedRows<D extends Selects, T extends object, R>(
  columns: readonly (keyof T & string)[],
  build: (db: D, rows: T[]) => Compilable<R>,
): (db: D, rows: readonly T[]) => Promise<R[]> {
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
      const size = rows.length - at < PACK ? 1 : PACK
      const values = rows.slice(at, at + size).flatMap((row) => columns.map((column) => row[column]))
      returned.push(...(await (size === 1 ? single : pack)(db, ...values)))
      at += size
    }
    return returned
  }
}
