import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {Refused} from '../gate/refused.ts'
import type {Read, Refusal} from '../gate/types.ts'
import {together} from '../store/together.ts'
import {type Asked, type Plan, planAll} from './plan.ts'

type Route = Routes['workloadChanges']

/**
 * What a resolve would answer now, as its etag, and whether that is another one than the caller's: nothing is opened. Those
 * that ask together are planned together: a change wakes all that wait for one. @throws Refused as a resolve.
 */
export function changes(): (read: Read, input: Input<Route>) => Promise<Reply<Route>> {
  const plan = together(planTogether)
  return async (read, {query}) => {
    const found = await plan({read, query})
    if ('refused' in found) throw new Refused(found.refused, found.detail, found.facts)
    return {etag: found.etag, changed: found.etag !== query.etag}
  }
}

interface Looking {
  read: Read
  query: Asked['query']
}

async function planTogether(looking: readonly Looking[]): Promise<(Plan | Refusal)[]> {
  const plans = new Map<Looking, Plan | Refusal>()
  for (const orgId of new Set(looking.map(({read}) => read.actor.orgId))) {
    const own = looking.filter(({read}) => read.actor.orgId === orgId)
    const asks = own.map(({read: {actor}, query}) => ({actor, query}))
    const planned = await planAll(own[0]!.read.db, orgId, asks)
    for (const [index, one] of own.entries()) plans.set(one, planned[index]!)
  }
  return looking.map((one) => plans.get(one)!)
}
