import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {readCursor, writeCursor} from '../values/list.ts'

type Route = Routes['scopesList']

/** A page of the scopes that hold something, with how much. */
export async function listScopes({db, actor}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const limit = query.limit ?? 100
  const after = query.cursor === undefined ? null : readCursor(query.cursor, 1)[0]!
  const rows = await db
    .selectFrom('entries')
    .select(({fn, eb}) => [
      'scope',
      fn.sum<number>(eb.case().when('kind', '=', 'secret').then(1).else(0).end()).as('secrets'),
      fn.sum<number>(eb.case().when('kind', '=', 'variable').then(1).else(0).end()).as('variables'),
    ])
    .where('org_id', '=', actor.orgId)
    .where('deleted_at', 'is', null)
    .$if(after !== null, (q) => q.where('scope', '>', after!))
    .groupBy('scope')
    .orderBy('scope')
    .limit(limit + 1)
    .execute()
  const items = rows
    .slice(0, limit)
    .map((row) => ({scope: row.scope, secrets: Number(row.secrets), variables: Number(row.variables)}))
  const last = items.at(-1)
  return {items, nextCursor: rows.length > limit && last !== undefined ? writeCursor([last.scope]) : null}
}
