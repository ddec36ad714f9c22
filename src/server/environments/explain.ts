import type {Claims} from '../../contract/binding-pattern.ts'
import type {Input, Reply} from '../../contract/route.ts'
import {labels as labelsSchema} from '../../contract/routes/environments.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {covers} from '../../contract/scope-pattern.ts'
import {Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {loadCandidates} from './candidates.ts'
import {type Binding, loadEnvironments, loadFeeding, NO_ENVIRONMENT} from './load.ts'
import {type Candidate, effectiveOf, pick} from './pick.ts'

type Route = Routes['environmentsExplain']
type Giver = Reply<Route>['items'][number]['shadows'][number]

/** Which binding gives each key of an environment to a workload of these claims, and what it shadows. @throws Refused `not_found`, `malformed`. */
export async function explainEnvironment({db, actor}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const {environment} = query
  const claims = claimsOf(query)
  const row = (await loadEnvironments(db, actor.orgId, [environment])).get(environment)
  if (row === undefined) throw new Refused('not_found', NO_ENVIRONMENT)
  const feeding = (await loadFeeding(db, actor.orgId, [environment])).get(environment)!
  const {effective, idle} = effectiveOf(feeding, claims)
  const candidates = await loadCandidates(db, actor.orgId, effective)
  const {given, missing} = pick(effective, candidates)
  const isEmpty = ({keys}: Binding, pattern: string) =>
    !candidates.some(({scope, key}) => covers(pattern, scope) && (keys === null || keys.includes(key)))
  const asked = ({key}: {key: string}) => query.key === undefined || query.key === key
  return {
    environment,
    items: given
      .map(({entry, binding, shadows}) => ({
        key: entry.key,
        ...giver(entry, binding),
        shadows: shadows.map((one) => giver(one.entry, one.binding)),
      }))
      .filter(asked),
    missing: missing.map(({key, scope}) => ({key, scope})).filter(asked),
    idle: [
      ...idle.map(({binding, why}) => ({...placeOf(binding), why})),
      ...effective
        .filter(({binding, pattern}) => isEmpty(binding, pattern))
        .map(({binding}) => ({...placeOf(binding), why: 'empty' as const})),
    ],
  }
}

const placeOf = ({environment, scope, host}: Binding) => ({environment, scope, host})

const giver = ({scope, kind, version}: Candidate, binding: Binding): Giver => ({
  scope,
  kind,
  version,
  binding: placeOf(binding),
})

/** Nobody is asked about without a name: an agent id that is not said fills nothing. */
function claimsOf({agentId = '', host, labels = '{}'}: Input<Route>['query']): Claims {
  const parsed = labelsSchema.safeParse(jsonOf(labels))
  if (!parsed.success) throw new Refused('malformed', 'The labels are no JSON object of texts.')
  return {agentId, host: host ?? null, labels: parsed.data}
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
