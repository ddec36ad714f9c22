import {sql} from 'kysely'
import type {Read} from '../gate/types.ts'
import {spokenOf} from '../scopes/visible.ts'
import type {Candidate, Effective} from './pick.ts'

/** The names in the scopes that patterns speak of, which picking chooses from: never a value. In the order of their ids. */
export async function loadCandidates(
  db: Read['db'],
  orgId: number,
  effective: readonly Pick<Effective, 'pattern'>[],
): Promise<Candidate[]> {
  if (effective.length === 0) return []
  const spoken = await spokenOf(db, orgId, [...new Set(effective.map(({pattern}) => pattern))])
  const rows = await db
    .selectFrom('entries')
    .select(['id', 'kind', 'scope', 'key', 'version', 'length'])
    .where('org_id', '=', orgId)
    .where(sql<boolean>`kind in ('secret', 'variable')`)
    .where('deleted_at', 'is', null)
    .$if(spoken !== null, (q) => q.where(() => spoken!('scope')))
    .orderBy('id')
    .execute()
  return rows as Candidate[]
}
