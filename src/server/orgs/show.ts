import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {NO_ORG, Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {isFirst} from '../store/first-organization.ts'
import {heldBy} from './held.ts'

type Route = Routes['orgsShow']

/** One organization. Only the first one sees another than itself. @throws Refused `not_found`. */
export async function showOrg({db, actor, now}: Read, {params}: Input<Route>): Promise<Reply<Route>> {
  const all = await isFirst(db, actor.orgId)
  const row = await db
    .selectFrom('organizations')
    .select(['id', 'name', 'created_at', 'deleted_at'])
    .where('name', '=', params.name)
    .$if(!all, (q) => q.where('id', '=', actor.orgId))
    .executeTakeFirst()
  if (row === undefined) throw new Refused(...NO_ORG)
  const {id, name, created_at: createdAt, deleted_at: deletedAt} = row
  return {name, createdAt, deletedAt, ...(await heldBy(db, id, now))}
}
