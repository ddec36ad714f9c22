import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {byName, readCursor, writeCursor} from '../values/cursor.ts'
import {loadEnvironmentNames, sees, shown} from './load.ts'

type Route = Routes['tokensList']

/** A page of tokens by name, within the caller's scopes; those that were revoked only where asked for. */
export async function listTokens({db, actor}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const limit = query.limit ?? 100
  const after = query.cursor === undefined ? null : readCursor(query.cursor, byName)[0]!
  const rows = await db
    .selectFrom('tokens')
    .selectAll()
    .where('org_id', '=', actor.orgId)
    .$if(query.revoked !== true, (q) => q.where('revoked_at', 'is', null))
    .$if(after !== null, (q) => q.where('name', '>', after!))
    .orderBy('name')
    .execute()
  const seen = rows.filter((row) => sees(actor, row))
  const listed = seen.slice(0, limit)
  const environments = await loadEnvironmentNames(db, listed)
  const items = listed.map((row) => shown(row, environments))
  const last = items.at(-1)
  return {items, nextCursor: seen.length > limit && last !== undefined ? writeCursor([last.name]) : null}
}
