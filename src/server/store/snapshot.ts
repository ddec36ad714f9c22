import {join} from 'node:path'
import {type Kysely, sql} from 'kysely'
import {stepsOf} from './migrations/index.ts'
import {type DatabaseSettings, openPostgres} from './postgres.ts'
import type {Schema} from './schema.ts'
import {openSqliteSnapshot} from './sqlite.ts'
import type {StorePlace} from './store.ts'

/** A store as it is at one moment, beside whoever serves it: nothing that is written later shows. */
export interface Snapshot {
  db: Kysely<Schema>
  engine: 'sqlite' | 'postgres'
  /** The newest step of its schema. */
  step: string
  /** The last number that was given to a row of this table; null: none was. Numbers are not given twice. */
  lastId: (table: keyof Schema) => Promise<number | null>
  close: () => Promise<void>
}

/** Takes a snapshot of a store, without the lock of its folder. @throws when there is none. */
export async function openSnapshot(place: StorePlace): Promise<Snapshot> {
  const snapshot = await (typeof place === 'string' ? embedded(place) : served(place))
  try {
    const step = (await stepsOf(snapshot.db)).at(-1)
    if (step === undefined) throw new Error('it holds no store')
    return {...snapshot, step}
  } catch (error) {
    await snapshot.close()
    throw error
  }
}

function embedded(folder: string): Omit<Snapshot, 'step'> {
  const {db} = openSqliteSnapshot(join(folder, 'postern.db'))
  const lastId = async (table: string) => {
    const {rows} = await sql<{seq: number}>`select seq from sqlite_sequence where name = ${table}`.execute(db)
    return rows[0]?.seq ?? null
  }
  return {db, engine: 'sqlite', lastId, close: () => db.destroy()}
}

async function served(settings: DatabaseSettings): Promise<Omit<Snapshot, 'step'>> {
  const pool = openPostgres({...settings, pool: 1}, {reads: true, onLost: () => {}})
  try {
    const db = await pool.startTransaction().setIsolationLevel('repeatable read').execute()
    const lastId = async (table: string) => {
      const named = await sql<{name: string}>`select pg_get_serial_sequence(${table}, 'id') as name`.execute(db)
      const sequence = sql.raw(named.rows[0]!.name)
      const {rows} = await sql<{last: number | null}>`select case when is_called then last_value end as last
        from ${sequence}`.execute(db)
      return rows[0]!.last
    }
    const close = async () => {
      await db.rollback().execute()
      await pool.destroy()
    }
    return {db, engine: 'postgres', lastId, close}
  } catch (error) {
    await pool.destroy()
    throw error
  }
}
