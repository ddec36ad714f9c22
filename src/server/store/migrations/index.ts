import {type Kysely, type Migration, Migrator} from 'kysely'
import {mayTryAgain} from '../store-fault.ts'
import {first} from './0001-first.ts'
import {administration} from './0002-administration.ts'
import {namedSince} from './0003-named-since.ts'
import {programs} from './0004-programs.ts'
import {ownSegments} from './0005-own-segments.ts'
import {consuming} from './0006-consuming.ts'
import {idleSessions} from './0007-idle-sessions.ts'
import {people} from './0008-people.ts'
import type {Types} from './types.ts'

interface Step {
  make: (types: Types) => Migration
  /** Tables whose rows it goes through, so that it takes longer the more they are. */
  goesThrough: readonly string[]
  /** Whether servers of the program before may go on while it is done, and after it, until they are replaced. */
  besideOlder: boolean
}

/** The one numbered list, for every engine. A released entry is never changed; a new one goes to the end. */
const list: Readonly<Record<string, Step>> = {
  '0001-first': {make: first, goesThrough: [], besideOlder: false},
  // A server of before makes no row of a scope for what it writes.
  '0002-administration': {
    make: administration,
    goesThrough: ['entries', 'versions', 'audit'],
    besideOlder: false,
  },
  '0003-named-since': {make: namedSince, goesThrough: [], besideOlder: true},
  '0004-programs': {make: programs, goesThrough: [], besideOlder: true},
  '0005-own-segments': {make: ownSegments, goesThrough: [], besideOlder: true},
  '0006-consuming': {make: consuming, goesThrough: [], besideOlder: true},
  '0007-idle-sessions': {make: idleSessions, goesThrough: [], besideOlder: true},
  '0008-people': {make: people, goesThrough: [], besideOlder: true},
}

/** The newest step that this program knows. */
export const newestStep: string = Object.keys(list).at(-1)!

/** Whether this program knows a step of the schema. */
export const isStep = (name: string): boolean => Object.hasOwn(list, name)

/** Of a store that has these steps, those that this program would take, in their order. */
export const pendingSteps = (has: readonly string[]): ({name: string} & Omit<Step, 'make'>)[] =>
  Object.entries(list)
    .filter(([name]) => !has.includes(name))
    .map(([name, {goesThrough, besideOlder}]) => ({name, goesThrough, besideOlder}))

/** The schema has a step that this program does not know: a newer one wrote it. */
export class NewerStore extends Error {
  override readonly name = 'NewerStore'
  readonly step: string
  /** The version of the program that had it last; null: the store does not say. */
  readonly program: string | null

  constructor(step: string, program: string | null) {
    super(`the store has step ${step} of the schema, which this program does not know`)
    this.step = step
    this.program = program
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any store's, whatever its schema
type AnyStore = Kysely<any>

/** How often it is begun anew when it gives way to servers that are at work. */
const TRIES = 10

/**
 * Brings the schema up to this program's, or to an earlier step, as a backup of that time needs it: in one transaction,
 * where the engine can, so that it is done or not.
 * @throws NewerStore; nothing is changed then.
 */
export async function migrate(db: AnyStore, types: Types, step = newestStep): Promise<void> {
  const done = await knownSteps(db)
  // Up to date: an open must not write, so that a start which is refused later has changed nothing.
  if (pendingSteps(done).length === 0) return
  const migrations = Object.fromEntries(Object.entries(list).map(([name, {make}]) => [name, make(types)]))
  const migrator = new Migrator({db, provider: {getMigrations: async () => migrations}})
  for (let tries = 1; ; tries++) {
    const {error} = await migrator.migrateTo(step)
    if (error === undefined) return
    // A newer server may have been faster.
    await knownSteps(db)
    if (tries === TRIES || !mayTryAgain(error)) throw error
  }
}

/** The steps that a store has. @throws NewerStore when this program does not know one. */
export async function knownSteps(db: AnyStore): Promise<string[]> {
  const steps = await stepsOf(db)
  const unknown = steps.find((name) => !isStep(name))
  if (unknown === undefined) return steps
  throw new NewerStore(unknown, await lastProgram(db))
}

/** The steps that a store has, in their order; none: it is not there yet. */
export async function stepsOf(db: AnyStore): Promise<string[]> {
  if (!(await hasTable(db, 'kysely_migration'))) return []
  const rows = await db.selectFrom('kysely_migration').select('name').orderBy('name').execute()
  return rows.map((row) => String(row.name))
}

/** The program that had a store last, of those that wrote themselves down. */
export async function lastProgram(db: AnyStore): Promise<string | null> {
  if (!(await hasTable(db, 'programs'))) return null
  const row = await db.selectFrom('programs').select('version').orderBy('first_at', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? null : String(row.version)
}

export async function hasTable(db: AnyStore, name: string): Promise<boolean> {
  const tables = await db.introspection.getTables({withInternalKyselyTables: true})
  return tables.some((table) => table.name === name)
}
