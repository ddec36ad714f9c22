import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {byScope, readCursor, writeCursor} from '../values/cursor.ts'
import {visible} from './visible.ts'

type Route = Routes['scopesList']

/** A page of the scopes, with how much each holds. */
export async function listScopes({db, actor}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const limit = query.limit ?? 100
  const after = query.cursor === undefined ? null : readCursor(query.cursor, byScope)[0]!
  const seen = await visible({actor, db})
  const rows = await db
    .selectFrom('scopes')
    .select('path')
    .where('org_id', '=', actor.orgId)
    .$if(seen !== null, (q) => q.where(() => seen!('path')))
    .$if(after !== null, (q) => q.where('path', '>', after!))
    .orderBy('path')
    .limit(limit + 1)
    .execute()
  const paths = rows.slice(0, limit).map(({path}) => path)
  const counts = await db
    .selectFrom('entries')
    .select(({fn}) => ['kind', 'scope', fn.countAll<number>().as('count')])
    .where('org_id', '=', actor.orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where('scope', 'in', paths.length === 0 ? [''] : paths)
    .where('deleted_at', 'is', null)
    .groupBy(['kind', 'scope'])
    .execute()
  const countOf = new Map(counts.map(({kind, scope, count}) => [`${kind} ${scope}`, Number(count)]))
  const items = paths.map((scope) => ({
    scope,
    secrets: countOf.get(`secret ${scope}`) ?? 0,
    variables: countOf.get(`variable ${scope}`) ?? 0,
  }))
  const last = paths.at(-1)
  return {items, nextCursor: rows.length > limit && last !== undefined ? writeCursor([last]) : null}
}
