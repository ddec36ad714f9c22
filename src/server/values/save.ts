import type {InsertResult, Selectable, Transaction} from 'kysely'
import {atOnce} from '../store/at-once.ts'
import {columns, columnsOf} from '../store/columns.ts'
import {prepared, preparedRows} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import {dropVersions} from './drop.ts'
import {type Named, nameOf} from './load.ts'

const named = columnsOf('entries', 'org_id', 'kind', 'scope', 'key')
const said = columnsOf(
  'entries',
  ...(['version', 'length', 'equality', 'locked', 'deleted_at', 'purged_at', 'updated_at', 'updated_by'] as const),
)

const keysOf = <T extends object>(of: T) => Object.keys(of) as (keyof T)[]

/** What a write of a value says of an entry; what people note beside it stays as it is. */
export type EntryState = Pick<Selectable<Schema['entries']>, keyof typeof named | keyof typeof said>
export type NewVersion = Named & Omit<Schema['versions'], 'entry_id'>

/** Writes the entries' new states, then the new versions, and drops those over the organization's limit. A scope comes to be with the first that it holds. */
export async function save(
  db: Transaction<Schema>,
  states: readonly EntryState[],
  versions: readonly NewVersion[],
): Promise<void> {
  if (states.length === 0) return
  const scopes = new Map(states.map((state) => [state.scope, state]))
  const [kept, ids] = await atOnce([
    selectKept(db, states[0]!.org_id),
    putStates(
      db,
      states.map((state) => ({...state, named_at: state.updated_at})),
    ),
    insertScopes(
      db,
      [...scopes.values()].map((state) => ({
        org_id: state.org_id,
        path: state.scope,
        created_at: state.updated_at,
        created_by: state.updated_by,
      })),
    ),
  ])
  if (versions.length === 0) return
  const idOf = new Map(ids.map((row) => [nameOf(row), row.id]))
  const rows = versions.map(({scope, key, ...version}) => ({entry_id: idOf.get(nameOf({scope, key}))!, ...version}))
  await insertVersions(db, rows)
  await keepWithin(db, kept[0]?.kept_versions ?? null, rows)
}

/** Drops what is over the organization's limit of the names that got a version, the oldest first. */
async function keepWithin(db: Transaction<Schema>, kept: number | null, written: readonly Schema['versions'][]) {
  if (kept === null) return
  const newest = new Map<number, number>()
  for (const {entry_id, version} of written) newest.set(entry_id, Math.max(version, newest.get(entry_id) ?? 0))
  await dropVersions(
    db,
    [...newest].map(([entryId, version]) => ({entryId, below: version - kept + 1})),
  )
}

const selectKept = prepared((db: Transaction<Schema>, orgId: number) =>
  db.selectFrom('organizations').select('kept_versions').where('id', '=', orgId),
)

/** Scopes that come to be, but those that are there. */
export const insertScopes = preparedRows<Transaction<Schema>, Schema['scopes'], InsertResult>(
  columns.scopes,
  (db, rows) =>
    db
      .insertInto('scopes')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing()),
)

type NamedState = EntryState & {named_at: string | null}

// A row that is there keeps its `named_at`.
const putStates = preparedRows({...named, ...said, named_at: 'text'}, (db: Transaction<Schema>, rows: NamedState[]) =>
  db
    .insertInto('entries')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(keysOf(named))
        .doUpdateSet((eb) => Object.fromEntries(keysOf(said).map((column) => [column, eb.ref(`excluded.${column}`)]))),
    )
    .returning(['id', 'scope', 'key']),
)

const insertVersions = preparedRows<Transaction<Schema>, Schema['versions'], InsertResult>(
  columns.versions,
  (db, rows) => db.insertInto('versions').values(rows),
)
