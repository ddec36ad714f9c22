import type {Kysely, Selectable} from 'kysely'
import {sql} from 'kysely'
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
  const rows = await selectEntries(db, orgId, kind, JSON.stringify(names.map(({scope, key}) => [scope, key])))
  return new Map(rows.map((row) => [nameOf(row), row]))
}

const selectEntries = prepared((db: Pick<Kysely<Schema>, 'selectFrom'>, orgId: number, kind: Kind, names: string) =>
  db
    .selectFrom('entries')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('kind', '=', kind)
    .where(sql<boolean>`(scope, key) in ${tuplesOf(names, 2)}`),
)

/** Whether an entry is there for readers: it may still have no value. */
export const isLive = (entry: Entry | undefined): entry is Entry => entry !== undefined && entry.deleted_at === null
