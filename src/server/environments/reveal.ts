import type {Claims} from '../../contract/binding-pattern.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Ask, type Disclose, type Disclosure, type Refusal, type Reveal, refusal} from '../gate/types.ts'
import {loadEnvironments, loadFeeding, NO_ENVIRONMENT} from './load.ts'
import {effectiveOf} from './pick.ts'
import {planOne} from './plan.ts'
import {discloseOne} from './resolve.ts'

type Route = Routes['environmentsReveal']
type Outcome = Disclosure<Reply<Route>> | Refusal

/**
 * Gives people who may reveal secrets the values of environments, as a workload of which nothing is said gets them. Refusals:
 * not_found, and those of a resolve.
 */
export const revealEnvironments: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const outcomes: Outcome[] = []
  for (const ask of asks) outcomes.push(await reveal(handle, ask))
  return outcomes
}

const NOBODY: Claims = {agentId: '', host: null, labels: {}}

async function reveal(handle: Disclose, {input: {query}}: Ask<Input<Route>>): Promise<Outcome> {
  const {environment} = query
  const {db, orgId} = handle
  if (!(await loadEnvironments(db, orgId, [environment])).has(environment)) return refusal('not_found', NO_ENVIRONMENT)
  const feeding = (await loadFeeding(db, orgId, [environment])).get(environment)!
  const {effective} = effectiveOf(feeding, NOBODY)
  const plan = await planOne(db, orgId, {environment, effective, query: {}})
  return 'refused' in plan ? plan : discloseOne(handle, plan)
}
