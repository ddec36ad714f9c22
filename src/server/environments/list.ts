import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {numbersOf} from '../store/json-list.ts'
import {byScope, readCursor, writeCursor} from '../values/cursor.ts'
import type {Environment} from './load.ts'

type Route = Routes['environmentsList']
type Listed = Reply<Route>['items'][number]

/** A page of the environments by name, with how many bindings each has, and how many valid tokens are bound to it. */
export async function listEnvironments({db, actor, now}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const limit = query.limit ?? 100
  const after = query.cursor === undefined ? null : readCursor(query.cursor, byScope)[0]!
  const rows = await db
    .selectFrom('environments')
    .selectAll()
    .where('org_id', '=', actor.orgId)
    .$if(after !== null, (q) => q.where('name', '>', after!))
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  const items = await listed({db, now}, rows.slice(0, limit))
  const last = items.at(-1)
  return {items, nextCursor: rows.length > limit && last !== undefined ? writeCursor([last.environment]) : null}
}

/** Environments as they are listed, with what is counted of them. */
export async function listed({db, now}: Pick<Read, 'db' | 'now'>, rows: readonly Environment[]): Promise<Listed[]> {
  const ids = numbersOf(JSON.stringify(rows.map(({id}) => id)))
  const bindings = await db
    .selectFrom('bindings')
    .select(({fn}) => ['environment_id as id', fn.countAll<number>().as('count')])
    .where('environment_id', 'in', ids)
    .groupBy('environment_id')
    .execute()
  const tokens = await db
    .selectFrom('tokens')
    .select(({fn}) => ['environment_id as id', fn.countAll<number>().as('count')])
    .where('environment_id', 'in', ids)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .groupBy('environment_id')
    .execute()
  const countIn = (counts: readonly {id: number | null; count: number}[]) => {
    const byId = new Map(counts.map(({id, count}) => [id, Number(count)]))
    return (id: number) => byId.get(id) ?? 0
  }
  const [bindingsOf, tokensOf] = [countIn(bindings), countIn(tokens)]
  return rows.map((row) => ({
    environment: row.name,
    bindings: bindingsOf(row.id),
    tokens: tokensOf(row.id),
    createdAt: row.created_at,
    createdBy: row.created_by,
  }))
}
