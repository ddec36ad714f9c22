import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {ALL_HOSTS, noteOf} from './bind.ts'
import {loadEnvironments, NO_ENVIRONMENT} from './load.ts'

type Route = Routes['environmentsUnbind']
type Outcome = Change<Reply<Route>> | Refusal

/** Ends bindings: what they gave is given no more from the next resolve on. Refusals: not_found. */
export const unbindEnvironments: Act<'environments.unbind', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What changes who gets what has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await unbindOne(tx, ask))
  return outcomes
}

async function unbindOne(tx: Write<'environments.unbind'>, {input}: Ask<Input<Route>>): Promise<Outcome> {
  const {environment} = input.query
  const {scope, host = ALL_HOSTS} = input.body
  const row = (await loadEnvironments(tx.db, tx.orgId, [environment])).get(environment)
  if (row === undefined) return refusal('not_found', NO_ENVIRONMENT)
  const [ended] = await tx.db
    .deleteFrom('bindings')
    .where('environment_id', '=', row.id)
    .where('scope', '=', scope)
    .where('host', '=', host)
    .returning('keys')
    .execute()
  if (ended === undefined)
    return refusal('not_found', `This environment has no such binding: postern environment show ${environment}`)
  const keys = ended.keys === null ? null : (JSON.parse(ended.keys) as string[])
  return {
    reply: {environment, scope, host, keys, changed: true},
    targets: [{kind: 'environment', scope, name: environment}],
    changed: true,
    note: noteOf(host, keys),
  }
}
