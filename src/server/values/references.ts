import {type Kysely, sql, type Transaction} from 'kysely'
import {MAX_REFERENCE_DEPTH as MAX_DEPTH} from '../../contract/limits.ts'
import {parseTemplate, type Reference} from '../../contract/reference.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {within} from '../scopes/within.ts'
import {numbersOf, tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>

/** A secret with a value, which references lead to. */
export interface Node {
  id: number
  scope: string
  key: string
  version: number
  type: ValueType
}

/** A reference of a version: what it names, and the secret that it leads to; null: there is none with a value. */
export interface Edge {
  named: string
  field: string | null
  to: Node | null
}

/** What some versions refer to, and what these refer to, as it is now. */
export interface Graph {
  /** In the order in which they stand in the value. */
  edgesOf: (from: {id: number; version: number}) => readonly Edge[]
  /** All that is referred to, each once. */
  nodes: readonly Node[]
}

/** The references of a value of that type. */
export const referencesIn = (text: string): Reference[] =>
  (parseTemplate(text).parts ?? []).filter((part) => typeof part !== 'string')

/** Follows references, a statement or two for each step, however many there are. Steps beyond the most that may be are not gone. */
export async function follow(db: Db, orgId: number, from: readonly {id: number; version: number}[]): Promise<Graph> {
  const edges = new Map<string, Edge[]>()
  const nodes = new Map<string, Node>()
  let frontier: readonly {id: number; version: number}[] = from
  for (let depth = 0; depth <= MAX_DEPTH && frontier.length > 0; depth += 1) {
    const rows = await selectReferences(db, frontier)
    const targets = await loadNodes(db, orgId, rows)
    const next: Node[] = []
    for (const row of rows) {
      const to = targets(row)
      const at = placeOf({id: row.entry_id, version: row.version})
      const known = edges.get(at) ?? []
      known.push({named: nameOf(row), field: row.field, to})
      edges.set(at, known)
      if (to === null || nodes.has(placeOf(to))) continue
      nodes.set(placeOf(to), to)
      if (to.type === 'reference') next.push(to)
    }
    frontier = next
  }
  return {edgesOf: (one) => edges.get(placeOf(one)) ?? [], nodes: [...nodes.values()]}
}

const placeOf = ({id, version}: {id: number; version: number}) => `${id} ${version}`

type Row = Schema['value_references']
/** What a reference names: a scope and a key, or an id. */
export type Named = Pick<Row, 'scope' | 'key' | 'target_id'>

export const nameOf = ({scope, key, target_id}: Named): string =>
  target_id === null ? `${scope}/${key}` : `id:${target_id}`

const selectReferences = (db: Db, from: readonly {id: number; version: number}[]): Promise<Row[]> =>
  db
    .selectFrom('value_references')
    .selectAll()
    .where(
      sql<boolean>`(entry_id, version) in ${tuplesOf(JSON.stringify(from.map(({id, version}) => [id, version])), ['integer', 'integer'])}`,
    )
    .orderBy('entry_id')
    .orderBy('version')
    .orderBy('position')
    .execute()

/** The secrets that are named, as far as they are there with a value. */
export async function loadNodes(db: Db, orgId: number, named: readonly Named[]): Promise<(one: Named) => Node | null> {
  const names = named.flatMap(({scope, key, target_id}) => (target_id === null ? [[scope, key]] : []))
  const ids = named.flatMap(({target_id}) => (target_id === null ? [] : [target_id]))
  const byName = names.length === 0 ? [] : await selectNodes(db, orgId, {names: JSON.stringify(names)})
  const byId = ids.length === 0 ? [] : await selectNodes(db, orgId, {ids: JSON.stringify(ids)})
  const all = new Map<string, Node>()
  for (const node of byName) all.set(`${node.scope}/${node.key}`, node)
  for (const node of byId) all.set(`id:${node.id}`, node)
  return (one) => all.get(nameOf(one)) ?? null
}

function selectNodes(db: Db, orgId: number, by: {names: string} | {ids: string}): Promise<Node[]> {
  const nodes = db
    .selectFrom('entries')
    .innerJoin('versions', (join) =>
      join.onRef('versions.entry_id', '=', 'entries.id').onRef('versions.version', '=', 'entries.version'),
    )
    .select(['id', 'scope', 'key', 'entries.version', 'type'])
    .where('org_id', '=', orgId)
    .where('kind', '=', 'secret')
    .where('deleted_at', 'is', null)
    .where('entries.length', 'is not', null)
  return 'names' in by
    ? nodes.where(sql<boolean>`(scope, key) in ${tuplesOf(by.names, ['text', 'text'])}`).execute()
    : nodes.where('id', 'in', numbersOf(by.ids)).execute()
}

/** Rows for the references of new versions. */
export const rowsOf = (entryId: number, version: number, references: readonly Reference[]): Row[] =>
  references.map(({target, field}, position) => ({
    entry_id: entryId,
    version,
    position,
    scope: 'id' in target ? null : (target.scope ?? null),
    key: 'id' in target ? null : target.key,
    target_id: 'id' in target ? target.id : null,
    field,
  }))

/** What these versions refer to, by `ID VERSION`, in their order. */
export async function loadReferences(
  db: Db,
  versions: readonly {id: number; version: number}[],
): Promise<(of: {id: number; version: number}) => Reference[]> {
  const rows = versions.length === 0 ? [] : await selectReferences(db, versions)
  return (of) => rows.filter((row) => row.entry_id === of.id && row.version === of.version).map(referenceOf)
}

const referenceOf = ({scope, key, target_id, field}: Row): Reference => ({
  target: target_id === null ? {scope: scope!, key: key!} : {id: target_id},
  field,
})

export const insertReferences = async (db: Transaction<Schema>, rows: readonly Row[]): Promise<void> => {
  if (rows.length > 0)
    await db
      .insertInto('value_references')
      .values([...rows])
      .execute()
}

/** A way that references go, as text: it ends where it cannot go on. */
export const pathText = (path: readonly {scope: string; key: string}[], end: string): string =>
  [...path.map(({scope, key}) => `${scope}/${key}`), end].join(' → ')

/** How many current values refer to each of these secrets, by `SCOPE KEY`: by its name or, but with `byName`, by its id. */
export async function countReferrers(
  db: Db,
  orgId: number,
  named: readonly {scope: string; key: string}[],
  {byName = false} = {},
): Promise<Map<string, number>> {
  if (named.length === 0) return new Map()
  const names = JSON.stringify(named.map(({scope, key}) => [scope, key]))
  const rows = await db
    .selectFrom('entries as target')
    .innerJoin('value_references as r', (join) =>
      join.on(
        byName
          ? sql<boolean>`r.scope = target.scope and r.key = target.key`
          : sql<boolean>`(r.scope = target.scope and r.key = target.key) or r.target_id = target.id`,
      ),
    )
    .innerJoin('entries as e', (join) => join.onRef('e.id', '=', 'r.entry_id').onRef('e.version', '=', 'r.version'))
    .select(['target.scope', 'target.key'])
    .select(sql<number>`count(distinct e.id)`.as('count'))
    .where('target.org_id', '=', orgId)
    .where('target.kind', '=', 'secret')
    .where(sql<boolean>`(target.scope, target.key) in ${tuplesOf(names, ['text', 'text'])}`)
    .where('e.org_id', '=', orgId)
    .where('e.deleted_at', 'is', null)
    .groupBy(['target.scope', 'target.key'])
    .execute()
  return new Map(rows.map(({scope, key, count}) => [`${scope} ${key}`, Number(count)]))
}

/** How many current values refer by name to a secret in a scope or below it. */
export async function countReferrersInto(db: Db, orgId: number, scope: string): Promise<number> {
  const [row] = await db
    .selectFrom('value_references as r')
    .innerJoin('entries as e', (join) => join.onRef('e.id', '=', 'r.entry_id').onRef('e.version', '=', 'r.version'))
    .select(sql<number>`count(distinct e.id)`.as('count'))
    .where('e.org_id', '=', orgId)
    .where('e.deleted_at', 'is', null)
    .where(within('r.scope', scope))
    .execute()
  return Number(row?.count ?? 0)
}
