import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'

type Route = Routes['scopesCreate']

/** Makes each scope, empty. One that is there stays as it is. */
export const createScopes: Act<'scopes.create', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const made = await tx.db
    .insertInto('scopes')
    .values(
      asks.map(({input, actor}) => ({
        org_id: tx.orgId,
        path: input.query.scope,
        created_at: tx.now,
        created_by: actor.name,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('path')
    .execute()
  const fresh = new Set(made.map(({path}) => path))
  return asks.map(({input: {query}}) => {
    // Of two that ask for the same one, the first made it.
    const changed = fresh.delete(query.scope)
    return {reply: {scope: query.scope, changed}, targets: [{kind: 'scope', scope: query.scope}], changed}
  })
}
