import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Disclose, type Disclosure, type Refusal, type Reveal, refusal} from '../gate/types.ts'
import {openForReaders, Unresolvable} from '../values/open-for-readers.ts'
import {wireOf} from '../values/wire.ts'
import {isFed, type Plan, planAll} from './plan.ts'

type Route = Routes['workloadResolve']
type Outcome = Disclosure<Reply<Route>> | Refusal

/**
 * Gives each workload the values of its environment, each key once. One that does not open, or refers to what it may not
 * read, fails the whole call. Refusals: as planning says; unresolvable.
 */
export const resolveEnvironments: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const plans = await planAll(
    handle.db,
    handle.orgId,
    asks.map(({actor, input}) => ({actor, query: input.query})),
  )
  const disclosed = new Map<Plan, Promise<Outcome>>()
  return Promise.all(
    plans.map((plan): Promise<Outcome> | Refusal => {
      if ('refused' in plan) return plan
      const shared = disclosed.get(plan) ?? discloseOne(handle, plan)
      disclosed.set(plan, shared)
      return shared
    }),
  )
}

/** Opens what was planned. Refusals: unresolvable. */
export async function discloseOne(handle: Disclose, plan: Plan): Promise<Outcome> {
  const {environment, given, missing, etag, graph} = plan
  const entries = given.map(({entry}) => entry)
  const mayRead = ({scope, key}: {scope: string; key: string}) => isFed(plan.effective, scope, key)
  try {
    const opened = await openForReaders(handle, entries, {graph, mayRead})
    const items = entries.map(({id, key, scope, version, kind}, index) => {
      const {bytes, type} = opened[index]!
      const value = wireOf(bytes)
      bytes.fill(0)
      return {id, key, scope, version, kind, type, value}
    })
    const named = [...entries, ...graph.nodes.map((node) => ({kind: 'secret' as const, ...node}))]
    const names = new Map(named.map(({id, kind, scope, key, version}) => [id, {kind, scope, name: key, version}]))
    return {
      reply: {
        org: handle.org,
        environment,
        etag,
        items,
        missing: missing.map(({key, scope}) => ({key, scope})),
      },
      targets: [{kind: 'environment', name: environment}],
      names: [...names.values()],
    }
  } catch (error) {
    if (error instanceof Unresolvable) return refusal('unresolvable', error.message)
    throw error
  }
}
