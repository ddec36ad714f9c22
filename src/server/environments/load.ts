import type {Kysely, Selectable} from 'kysely'
import {sql} from 'kysely'
import {within} from '../scopes/within.ts'
import {numbersOf, tuplesOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>
export type Environment = Selectable<Schema['environments']>

/** A binding, with the name of the environment that has it. */
export interface Binding {
  id: number
  environment: string
  scope: string
  host: string
  /** Null: every key. */
  keys: readonly string[] | null
  createdAt: string
  createdBy: string
}

/** Its own name and those of the collections that it lies in, the outermost first. */
export const chainOf = (name: string): string[] =>
  name.split('/').map((_, index, segments) => segments.slice(0, index + 1).join('/'))

/** The environments of these names in an organization. */
export const loadEnvironments = async (
  db: Db,
  orgId: number,
  names: readonly string[],
): Promise<Map<string, Environment>> => {
  const rows = await selectByName(db, JSON.stringify([...new Set(names)].map((name) => [orgId, name])))
  return new Map(rows.map((row) => [row.name, row]))
}

const selectByName = prepared((db: Db, names: string) =>
  db
    .selectFrom('environments')
    .selectAll()
    .where(sql<boolean>`(org_id, name) in ${tuplesOf(names, ['integer', 'text'])}`),
)

/** The environments of these ids. */
export const loadById = async (db: Db, ids: readonly number[]): Promise<Map<number, Environment>> => {
  const rows = await selectById(db, JSON.stringify([...new Set(ids)]))
  return new Map(rows.map((row) => [row.id, row]))
}

const selectById = prepared((db: Db, ids: string) =>
  db.selectFrom('environments').selectAll().where('id', 'in', numbersOf(ids)),
)

/** What feeds each environment of an organization, its collections' bindings too, by its name. */
export async function loadFeeding(db: Db, orgId: number, names: readonly string[]): Promise<Map<string, Binding[]>> {
  const chains = new Map(names.map((name) => [name, chainOf(name)]))
  const wanted = [...new Set([...chains.values()].flat())].map((name) => [orgId, name])
  const rows = await selectBindings(db, JSON.stringify(wanted))
  const bindings = rows.map(bindingOf)
  return new Map([...chains].map(([name, chain]) => [name, bindings.filter((one) => chain.includes(one.environment))]))
}

const selectBindings = prepared((db: Db, names: string) =>
  db
    .selectFrom('bindings')
    .innerJoin('environments', 'environments.id', 'bindings.environment_id')
    .selectAll('bindings')
    .select('environments.name as environment')
    .where(sql<boolean>`(org_id, name) in ${tuplesOf(names, ['integer', 'text'])}`)
    .orderBy('environments.name')
    .orderBy('bindings.scope')
    .orderBy('bindings.host'),
)

/** The scope patterns that are bound to an environment, to the collections that it lies in, and to all below it. */
export async function loadAround(db: Db, orgId: number, name: string): Promise<string[]> {
  const rows = await db
    .selectFrom('bindings')
    .innerJoin('environments', 'environments.id', 'bindings.environment_id')
    .select('scope')
    .distinct()
    .where('org_id', '=', orgId)
    .where((eb) => eb.or([eb('name', 'in', chainOf(name)), within('name', name)]))
    .execute()
  return rows.map(({scope}) => scope)
}

const bindingOf = (row: Selectable<Schema['bindings']> & {environment: string}): Binding => ({
  id: row.id,
  environment: row.environment,
  scope: row.scope,
  host: row.host,
  keys: row.keys === null ? null : (JSON.parse(row.keys) as string[]),
  createdAt: row.created_at,
  createdBy: row.created_by,
})

export const NO_ENVIRONMENT = 'There is no environment of this name.'
