import {createRequire} from 'node:module'
import type {DatabaseSyncInstance as Database, StatementSyncInstance as StatementSync} from '@photostructure/sqlite'
import {Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement} from 'kysely'
import type {Schema} from './schema.ts'

type Options = {readOnly: boolean}

/** The engine: Node's own where it has one that is stable (24 and up), else the package with the same interface. */
function engine(): new (path: string, options: Options) => Database {
  const require = createRequire(import.meta.url)
  const builtIn = Number(process.versions.node.split('.')[0]) >= 24
  return builtIn ? require('node:sqlite').DatabaseSync : require('@photostructure/sqlite').DatabaseSync
}

const CACHED_STATEMENTS = 400

/** One connection to the file at `path`, and Kysely over it. Statements are prepared once and kept, the longest unused go first. */
export function openSqlite(path: string, options: Options): {db: Kysely<Schema>; inTransaction: () => boolean} {
  const connection = new (engine())(path, options)
  connection.exec(
    'pragma foreign_keys = on; pragma recursive_triggers = on; pragma busy_timeout = 5000; pragma trusted_schema = off',
  )
  if (!options.readOnly) connection.exec('pragma journal_mode = wal; pragma synchronous = full')
  const cache = new Map<string, SqliteStatement>()
  const database: SqliteDatabase = {
    close: () => {
      cache.clear()
      connection.close()
    },
    prepare: (text) => {
      const kept = cache.get(text)
      if (kept !== undefined) {
        cache.delete(text)
        cache.set(text, kept)
        return kept
      }
      const statement = adapted(connection.prepare(text === 'begin' && !options.readOnly ? 'begin immediate' : text))
      cache.set(text, statement)
      if (cache.size > CACHED_STATEMENTS) cache.delete(cache.keys().next().value!)
      return statement
    },
  }
  return {
    db: new Kysely<Schema>({dialect: new SqliteDialect({database})}),
    inTransaction: () => connection.isTransaction,
  }
}

function adapted(statement: StatementSync): SqliteStatement {
  const bound = (parameters: ReadonlyArray<unknown>) => parameters as never[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bound(parameters)),
    run: (parameters) => statement.run(...bound(parameters)),
    iterate: (parameters) => statement.iterate(...bound(parameters)) as IterableIterator<unknown>,
  }
}
