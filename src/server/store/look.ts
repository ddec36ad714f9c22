import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {type Kysely, sql} from 'kysely'
import {hasTable, knownSteps, lastProgram, pendingSteps} from './migrations/index.ts'
import {openPostgres} from './postgres.ts'
import type {Schema} from './schema.ts'
import {openSqliteLook} from './sqlite.ts'
import type {StorePlace} from './store.ts'

/** What a store says of itself. */
interface StoreState {
  /** The steps of its schema, in their order. */
  has: string[]
  /** The program that had it last; null: it does not say. */
  lastProgram: string | null
  /** The id of the root key that it is under; null: it has no keys yet. */
  rootKeyId: string | null
}

/** What is to be done to a store, and who has it. */
interface StorePlan extends StoreState {
  steps: PlannedStep[]
  /** Of servers and other programs of ours, where the store is on a database server. */
  connections: number
}

/** So many rows of a table are counted, and no more: of a large one, that would take longer than a statement may. */
export const COUNTED = 100_000

/** A step of the schema that is to be taken. */
export interface PlannedStep {
  name: string
  /** How many rows of which tables it goes through, counted to `COUNTED`. */
  rows: Record<string, number>
  /** Whether servers of the version before may go on meanwhile. */
  besideOlder: boolean
}

/**
 * The id of the root key that a store is under, read before anything is changed; null: there is none yet.
 * @throws NewerStore before anything else is read, since that may mean something else by now.
 */
export const rootKeyNeeded = async (place: StorePlace): Promise<string | null> =>
  (await look(place, stateIn))?.rootKeyId ?? null

/** What this program would do to a store before it uses it; null: there is no store. @throws NewerStore. */
export const planOf = (place: StorePlace): Promise<StorePlan | null> =>
  look(place, async (db) => {
    const state = await stateIn(db)
    const steps: PlannedStep[] = []
    for (const {name, goesThrough, besideOlder} of pendingSteps(state.has))
      steps.push({name, rows: await rowsOf(db, goesThrough), besideOlder})
    return {...state, steps, connections: typeof place === 'string' ? 0 : await connectionsIn(db)}
  })

/** Looks at a store to read alone, beside whoever has it, and leaves no trace; null: there is none. */
async function look<R>(place: StorePlace, at: (db: Kysely<Schema>) => Promise<R>): Promise<R | null> {
  if (typeof place === 'string' && !existsSync(join(place, 'postern.db'))) return null
  const db =
    typeof place === 'string'
      ? openSqliteLook(join(place, 'postern.db')).db
      : openPostgres({...place, pool: 1}, {reads: true, onLost: () => {}})
  try {
    return await at(db)
  } finally {
    await db.destroy()
  }
}

async function stateIn(db: Kysely<Schema>): Promise<StoreState> {
  const state = {has: await knownSteps(db), lastProgram: await lastProgram(db)}
  if (!(await hasTable(db, 'keys'))) return {...state, rootKeyId: null}
  const key = await db.selectFrom('keys').select('root_key_id').limit(1).executeTakeFirst()
  return {...state, rootKeyId: key?.root_key_id ?? null}
}

async function rowsOf(db: Kysely<Schema>, tables: readonly string[]): Promise<Record<string, number>> {
  const counted: Record<string, number> = {}
  for (const table of tables) {
    // Those of a step before are not there yet.
    if (!(await hasTable(db, table))) continue
    const {rows} = await sql<{rows: number}>`select count(*) as rows
      from (select 1 from ${sql.table(table)} limit ${sql.lit(COUNTED)}) as counted`.execute(db)
    counted[table] = rows[0]!.rows
  }
  return counted
}

/** How many connections of our programs a database has beside this one; 0 where an engine does not tell. */
async function connectionsIn(db: Kysely<Schema>): Promise<number> {
  const {rows} = await sql<{others: number}>`select count(*) as others from pg_stat_activity
    where datname = current_database() and application_name like 'postern %' and pid <> pg_backend_pid()`.execute(db)
  return rows[0]!.others
}
