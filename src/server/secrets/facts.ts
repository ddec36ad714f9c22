import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {lastReadAt, lastReadBy, loadReadingsSince, loadTags, rotateDueAt, typeNow} from '../values/facts.ts'
import {factsOf} from './describe.ts'

type Route = Routes['secretsFacts']

/** What is known of a secret beside its value. */
export async function showFacts({db, actor}: Read, {params, query}: Input<Route>): Promise<Reply<Route>> {
  const row = await db
    .selectFrom('entries')
    .selectAll()
    .select([rotateDueAt.as('due'), lastReadAt.as('read_at'), lastReadBy.as('read_by'), typeNow.as('type')])
    .where('org_id', '=', actor.orgId)
    .where('kind', '=', 'secret')
    .where('scope', '=', query.scope)
    .where('key', '=', params.key)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) throw new Refused('not_found', 'There is no secret of this name in this scope.')
  const tags = (await loadTags(db, [row.id])).get(row.id)!
  return {
    key: row.key,
    scope: row.scope,
    version: row.length === null ? 0 : row.version,
    length: row.length,
    type: row.type,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    ...factsOf({entry: row, tags}),
    rotateDueAt: row.due,
    lastReadAt: row.read_at,
    lastReadBy: row.read_by,
    readingsSince: await loadReadingsSince(db, actor.orgId),
  }
}
