import {createHash} from 'node:crypto'
import {MAX_RESOLVED, MAX_RESOLVED_BYTES} from '../../contract/limits.ts'
import {covers, reaches} from '../../contract/scope-pattern.ts'
import {type Actor, type Read, type Refusal, refusal} from '../gate/types.ts'
import {follow, type Graph} from '../values/references.ts'
import {loadCandidates} from './candidates.ts'
import {type Binding, loadById, loadFeeding, NO_ENVIRONMENT} from './load.ts'
import {type Effective, effectiveOf, type Given, type Picked, pick} from './pick.ts'

/** What a resolve may be narrowed by, as it is asked for: lists parted by commas. */
export interface Asked {
  actor: Actor
  query: {only?: string | undefined; scope?: string | undefined}
}

/** What a workload gets, before any value is opened. Equal asks have the same plan. */
export interface Plan extends Picked {
  environment: string
  effective: readonly Effective[]
  /** What the secrets among them refer to. */
  graph: Graph
  /** What stands for all that a resolve would answer. */
  etag: string
}

type Db = Read['db']

/**
 * Says for each ask of an organization which stored names its workload gets. Refusals: not_found (the environment was
 * deleted), forbidden (it is fed from beyond the scopes of the credential), too_many.
 */
export async function planAll(db: Db, orgId: number, asks: readonly Asked[]): Promise<(Plan | Refusal)[]> {
  const environments = await loadById(
    db,
    asks.map(({actor}) => actor.workload!.environmentId),
  )
  const names = [...environments.values()].map(({name}) => name)
  const feeding = await loadFeeding(db, orgId, names)
  const plans = new Map<string, Promise<Plan | Refusal>>()
  return Promise.all(
    asks.map(({actor, query}) => {
      const environment = environments.get(actor.workload!.environmentId)
      if (environment === undefined || environment.org_id !== orgId) return refusal('not_found', NO_ENVIRONMENT)
      const {effective} = effectiveOf(feeding.get(environment.name)!, actor.workload!)
      if (!effective.every(({pattern}) => reaches(actor.scopes, pattern))) return refusal('forbidden', BEYOND)
      const filled = effective.map(({binding, pattern}) => [binding.id, pattern])
      const same = JSON.stringify([environment.name, filled, query.only, query.scope])
      const plan = plans.get(same) ?? planOne(db, orgId, {environment: environment.name, effective, query})
      plans.set(same, plan)
      return plan
    }),
  )
}

const BEYOND = 'The credential is bound to scopes, and the environment is fed from beyond them.'

/** What bindings give, narrowed. Refusals: too_many. */
export async function planOne(
  db: Db,
  orgId: number,
  {environment, effective, query}: {environment: string; effective: Effective[]; query: Asked['query']},
): Promise<Plan | Refusal> {
  const candidates = await loadCandidates(db, orgId, effective)
  const picked = pick(effective, candidates, {only: listOf(query.only), scopes: listOf(query.scope)})
  const bytes = picked.given.reduce((sum, {entry}) => sum + entry.length!, 0)
  if (picked.given.length > MAX_RESOLVED || bytes > MAX_RESOLVED_BYTES)
    return refusal(
      'too_many',
      `The environment gives ${picked.given.length} keys of ${bytes} bytes; at most ${MAX_RESOLVED} keys and ${MAX_RESOLVED_BYTES} bytes go at once. Narrow it with --only or --scope, or bind less.`,
    )
  const graph = await follow(
    db,
    orgId,
    picked.given.flatMap(({entry}) => (entry.type === 'reference' ? [entry] : [])),
  )
  return {environment, effective, ...picked, graph, etag: etagOf(environment, picked, graph)}
}

const listOf = (parted: string | undefined): string[] | null => parted?.split(',') ?? null

function etagOf(environment: string, {given, missing}: Picked, {nodes}: Graph): string {
  const placed = ({id, version, scope, key}: Pick<Given['entry'], 'id' | 'version' | 'scope' | 'key'>) => [
    id,
    version,
    scope,
    key,
  ]
  const state = [environment, given.map(({entry}) => placed(entry)), missing.map(placed), nodes.map(placed)]
  return createHash('sha256').update(JSON.stringify(state)).digest('base64url')
}

/** Whether bindings of what feeds a workload speak of a name: then it may read it, even where another name goes before it. */
export const isFed = (effective: readonly Effective[], scope: string, key: string): boolean =>
  effective.some(({binding, pattern}) => covers(pattern, scope) && has(binding, key))

const has = ({keys}: Binding, key: string) => keys === null || keys.includes(key)
