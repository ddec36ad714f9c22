import {type Kysely, Migrator} from 'kysely'
import {first} from './0001-first.ts'
import {administration} from './0002-administration.ts'
import {namedSince} from './0003-named-since.ts'
import type {Types} from './types.ts'

/** The one numbered list, for every engine. A released entry is never changed; a new one goes to the end. */
const list = {'0001-first': first, '0002-administration': administration, '0003-named-since': namedSince} as const

/**
 * Brings the schema up to this program's.
 * @throws when the database was written by a newer program; nothing is changed then.
 */
// biome-ignore lint/suspicious/noExplicitAny: before it has run there is no schema to name
export async function migrate(db: Kysely<any>, types: Types): Promise<void> {
  const migrations = Object.fromEntries(Object.entries(list).map(([name, make]) => [name, make(types)]))
  const done = await executed(db)
  const unknown = done.find((name) => !Object.hasOwn(migrations, name))
  if (unknown !== undefined) {
    throw new Error(
      `the database was written by a newer Postern (its schema has step ${unknown}, which this program does not know); start that version, or a newer one`,
    )
  }
  // Up to date: an open must not write, so that a start which is refused later has changed nothing.
  if (done.length === Object.keys(migrations).length) return
  const migrator = new Migrator({db, provider: {getMigrations: async () => migrations}})
  const {error} = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

// biome-ignore lint/suspicious/noExplicitAny: Kysely's own table is not in the schema
async function executed(db: Kysely<any>): Promise<string[]> {
  const tables = await db.introspection.getTables({withInternalKyselyTables: true})
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const rows = await db.selectFrom('kysely_migration').select('name').execute()
  return rows.map((row) => String(row.name))
}
