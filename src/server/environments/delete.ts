import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {loadEnvironments, NO_ENVIRONMENT} from './load.ts'

type Route = Routes['environmentsDelete']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Deletes each environment with its bindings; what lies below it stays, and is lent no more of them. Refusals: not_found,
 * in_use (valid tokens are bound to it).
 */
export const deleteEnvironments: Act<'environments.delete', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What deletes an environment has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await deleteOne(tx, ask))
  return outcomes
}

async function deleteOne(tx: Write<'environments.delete'>, {input}: Ask<Input<Route>>): Promise<Outcome> {
  const {environment} = input.query
  const row = (await loadEnvironments(tx.db, tx.orgId, [environment])).get(environment)
  if (row === undefined) return refusal('not_found', NO_ENVIRONMENT)
  const bound = await tx.db
    .selectFrom('tokens')
    .select('name')
    .where('environment_id', '=', row.id)
    .where('org_id', '=', tx.orgId)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', tx.now)]))
    .orderBy('name')
    .execute()
  if (bound.length > 0) {
    const [first] = bound
    const others = bound.length > 1 ? ` and ${bound.length - 1} more` : ''
    return refusal('in_use', `The token ${first!.name}${others} is bound to it: postern token revoke ${first!.name}`)
  }
  const bindings = await tx.db.deleteFrom('bindings').where('environment_id', '=', row.id).returning('id').execute()
  await tx.db.deleteFrom('workload_sessions').where('environment_id', '=', row.id).execute()
  await tx.db.deleteFrom('environments').where('id', '=', row.id).execute()
  return {
    reply: {environment, bindings: bindings.length, changed: true},
    targets: [{kind: 'environment', name: environment}],
    changed: true,
  }
}
