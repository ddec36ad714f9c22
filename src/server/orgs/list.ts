import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {isFirst} from '../store/first-organization.ts'
import {byName, readCursor, writeCursor} from '../values/cursor.ts'

type Route = Routes['orgsList']

/** A page of organizations by name. Only the first one sees others than itself. */
export async function listOrgs({db, actor}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const limit = query.limit ?? 100
  const after = query.cursor === undefined ? null : readCursor(query.cursor, byName)[0]!
  const all = await isFirst(db, actor.orgId)
  const rows = await db
    .selectFrom('organizations')
    .select(['name', 'created_at as createdAt', 'deleted_at as deletedAt'])
    .where('deleted_at', query.deleted === true ? 'is not' : 'is', null)
    .$if(!all, (q) => q.where('id', '=', actor.orgId))
    .$if(after !== null, (q) => q.where('name', '>', after!))
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {items, nextCursor: rows.length > limit && last !== undefined ? writeCursor([last.name]) : null}
}
