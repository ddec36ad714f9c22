import {type Kysely, type RawBuilder, type Selectable, sql} from 'kysely'
import {tuplesOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

export type Kind = 'secret' | 'variable'
export type Entry = Selectable<Schema['entries']>
export interface Named {
  scope: string
  key: string
}

/** A name as a map's key: neither part can hold a blank. */
export const nameOf = (named: Named): string => `${named.scope} ${named.key}`

/** The entries of these names, deleted ones too, in one statement. */
export async function loadEntries(
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  orgId: number,
  kind: Kind,
  names: readonly Named[],
): Promise<Map<string, Entry>> {
  const rows = await selectEntries(db, namesOf(orgId, kind, names))
  return new Map(rows.map((row) => [nameOf(row), row]))
}

const selectEntries = prepared((db: Pick<Kysely<Schema>, 'selectFrom'>, names: string) =>
  db.selectFrom('entries').selectAll().where(isNamed(names)),
)

/** What `isNamed` takes: names of an organization, as one text. */
export const namesOf = (orgId: number, kind: Kind, names: readonly Named[]): string =>
  JSON.stringify(names.map(({scope, key}) => [orgId, kind, scope, key]))

/**
 * Whether an entry has one of these names. Organization and kind are compared with the rest: beside it, they would have
 * PostgreSQL read all names of the organization for one, until it has statistics of a new table.
 */
export const isNamed = (names: string): RawBuilder<boolean> =>
  sql<boolean>`(org_id, kind, scope, key) in ${tuplesOf(names, ['integer', 'text', 'text', 'text'])}`

/** Whether an entry is there for readers: it may still have no value. */
export const isLive = (entry: Entry | undefined): entry is Entry => entry !== undefined && entry.deleted_at === null
