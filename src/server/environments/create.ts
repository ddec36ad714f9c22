import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'

type Route = Routes['environmentsCreate']

/** Makes each environment, which nothing feeds at first but what its collections lend it. One that is there stays as it is. */
export const createEnvironments: Act<'environments.create', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const made = await tx.db
    .insertInto('environments')
    .values(
      asks.map(({input, actor}) => ({
        org_id: tx.orgId,
        name: input.query.environment,
        created_at: tx.now,
        created_by: actor.name,
      })),
    )
    .onConflict((conflict) => conflict.columns(['org_id', 'name']).doNothing())
    .returning('name')
    .execute()
  const fresh = new Set(made.map(({name}) => name))
  return asks.map(({input: {query}}) => {
    // Of two that ask for the same one, the first made it.
    const changed = fresh.delete(query.environment)
    return {
      reply: {environment: query.environment, changed},
      targets: [{kind: 'environment', name: query.environment}],
      changed,
    }
  })
}
