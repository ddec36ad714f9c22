import {sql} from 'kysely'
import type {ValueType} from '../../contract/value-type.ts'
import type {Read} from '../gate/types.ts'
import {spokenOf} from '../scopes/visible.ts'
import {packed, unpack} from '../store/packed.ts'
import type {Candidate, Effective} from './pick.ts'

/** The names in the scopes that patterns speak of, which picking chooses from: never a value. */
export async function loadCandidates(
  db: Read['db'],
  orgId: number,
  effective: readonly Pick<Effective, 'pattern'>[],
): Promise<Candidate[]> {
  if (effective.length === 0) return []
  const spoken = await spokenOf(db, orgId, [...new Set(effective.map(({pattern}) => pattern))])
  const row = await db
    .selectFrom('entries')
    .leftJoin('versions', (join) =>
      join.onRef('versions.entry_id', '=', 'entries.id').onRef('versions.version', '=', 'entries.version'),
    )
    .select(packed(COLUMNS).as('rows'))
    .where('org_id', '=', orgId)
    .where(sql<boolean>`kind in ('secret', 'variable')`)
    .where('deleted_at', 'is', null)
    .$if(spoken !== null, (q) => q.where(() => spoken!('scope')))
    .executeTakeFirst()
  return unpack<Row>(row?.rows).map(([id, kind, scope, key, version, length, type]) => ({
    id,
    kind,
    scope,
    key,
    version,
    length,
    type,
  }))
}

const COLUMNS = {
  'entries.id': 'integer',
  kind: 'text',
  scope: 'text',
  key: 'text',
  'entries.version': 'integer',
  'entries.length': 'integer',
  type: 'text',
} as const

type Row = [number, Candidate['kind'], string, string, number, number | null, ValueType | null]
