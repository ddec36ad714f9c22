import {cpSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {type Kysely, sql} from 'kysely'
import {openStoreAt} from '../../src/server/store/at-step.ts'
import {openPostgres} from '../../src/server/store/postgres.ts'
import {openSqlite} from '../../src/server/store/sqlite.ts'
import {type Engine, openTestStore, placeOf} from './engine.ts'

// biome-ignore lint/suspicious/noExplicitAny: a store of any step
type AnyStore = Kysely<any>

/** Each after those that its rows name. */
const tables = [
  'organizations',
  'keys',
  'tokens',
  'scopes',
  'entries',
  'versions',
  'policy_rules',
  'audit',
  'audit_heads',
]

/**
 * Makes a data folder `to` whose store stops at an earlier step of the schema, with what the stopped server of `from` has,
 * as far as there are columns for it.
 */
export async function makeOlder(from: string, to: string, step: string, on: Engine): Promise<void> {
  mkdirSync(to, {mode: 0o700})
  for (const name of ['root.key', 'tls', 'owner-enrolment']) cpSync(join(from, name), join(to, name), {recursive: true})
  const [newer, older] = [await openTestStore(from), await openAt(to, step, on)]
  try {
    const there = await older.introspection.getTables()
    for (const name of tables) {
      const table = there.find((one) => one.name === name)
      if (table === undefined) continue
      const columns = table.columns.map((column) => column.name)
      const rows = await (newer.reader as AnyStore).selectFrom(name).select(columns).execute()
      if (rows.length > 0) await older.insertInto(name).values(rows).execute()
      if (on === 'postgres' && table.columns.some((column) => column.isAutoIncrementing))
        await sql`select setval(pg_get_serial_sequence(${name}, 'id'), max(id)) from ${sql.table(name)}`.execute(older)
    }
  } finally {
    await older.destroy()
    await newer.close()
  }
}

/** Opens the store of a data folder to write, brought to this step. */
const openAt = async (data: string, step: string, on: Engine): Promise<AnyStore> =>
  openStoreAt(await placeOf(data, on), step)

/** Opens the store of a data folder to write, as it is. */
export async function openAsItIs(data: string, on: Engine): Promise<AnyStore> {
  const place = await placeOf(data, on)
  if (typeof place === 'string') return openSqlite(join(place, 'postern.db'), () => {}).db
  return openPostgres(place, {reads: false, onLost: () => {}})
}
