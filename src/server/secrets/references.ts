import {sql} from 'kysely'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {visible} from '../scopes/visible.ts'
import {isLive, loadEntries} from '../values/load.ts'

type Route = Routes['secretsReferences']

/** The secrets whose current value refers to this one, as far as the caller sees them. @throws Refused `not_found`. */
export async function listReferences({db, actor}: Read, {params, query}: Input<Route>): Promise<Reply<Route>> {
  const named = {scope: query.scope, key: params.key}
  const [entry] = (await loadEntries(db, actor.orgId, 'secret', [named])).values()
  if (!isLive(entry)) throw new Refused('not_found', 'There is no secret of this name in this scope.')
  const seen = await visible({actor, db})
  const rows = await db
    .selectFrom('value_references as r')
    .innerJoin('entries as e', (join) => join.onRef('e.id', '=', 'r.entry_id').onRef('e.version', '=', 'r.version'))
    .select(['e.scope', 'e.key', 'r.field'])
    .distinct()
    .where('e.org_id', '=', actor.orgId)
    .where('e.deleted_at', 'is', null)
    .where(sql<boolean>`((r.scope = ${entry.scope} and r.key = ${entry.key}) or r.target_id = ${entry.id})`)
    .$if(seen !== null, (q) => q.where(() => seen!('e.scope')))
    .orderBy('e.scope')
    .orderBy('e.key')
    .orderBy('r.field')
    .execute()
  return {id: entry.id, items: rows}
}
