import type {Write} from '../gate/types.ts'
import type {Entry} from '../values/load.ts'
import {within} from './within.ts'

/** A scope and all below it: what is there, and what was deleted and can be restored. */
export interface Extent {
  paths: string[]
  entries: Entry[]
}

/** The most scopes, and the most names, that one write takes: no other is done meanwhile. */
export const MOST = 10_000

/**
 * Loads the extent of `scope`, one statement a table, with no more than one beyond `MOST` of each. `live`: without what
 * was deleted.
 */
export async function loadExtent(
  {db, orgId}: Pick<Write<never>, 'db' | 'orgId'>,
  scope: string,
  {live = false} = {},
): Promise<Extent> {
  const paths = await db
    .selectFrom('scopes')
    .select('path')
    .where('org_id', '=', orgId)
    .where(within('path', scope))
    .orderBy('path')
    .limit(MOST + 1)
    .execute()
  const entries = await db
    .selectFrom('entries')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where(within('scope', scope))
    .$if(live, (q) => q.where('deleted_at', 'is', null))
    .orderBy('scope')
    .orderBy('kind')
    .orderBy('key')
    .limit(MOST + 1)
    .execute()
  return {paths: paths.map(({path}) => path), entries}
}

/** How many secrets and variables are there. */
export const countsOf = (live: readonly Pick<Entry, 'kind'>[]) => ({
  secrets: live.filter(({kind}) => kind === 'secret').length,
  variables: live.filter(({kind}) => kind === 'variable').length,
})
