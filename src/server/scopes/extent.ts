import type {Write} from '../gate/types.ts'
import type {Entry} from '../values/load.ts'
import {within} from './within.ts'

/** A scope and all below it: what is there, and what was deleted and can be restored. */
export interface Extent {
  paths: string[]
  entries: Entry[]
}

/** Loads the extent of `scope`, one statement a table. */
export async function loadExtent({db, orgId}: Pick<Write<never>, 'db' | 'orgId'>, scope: string): Promise<Extent> {
  const paths = await db
    .selectFrom('scopes')
    .select('path')
    .where('org_id', '=', orgId)
    .where(within('path', scope))
    .orderBy('path')
    .execute()
  const entries = await db
    .selectFrom('entries')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where(within('scope', scope))
    .orderBy('scope')
    .orderBy('kind')
    .orderBy('key')
    .execute()
  return {paths: paths.map(({path}) => path), entries}
}

/** How many secrets and variables are there. */
export const countsOf = (live: readonly Pick<Entry, 'kind'>[]) => ({
  secrets: live.filter(({kind}) => kind === 'secret').length,
  variables: live.filter(({kind}) => kind === 'variable').length,
})
