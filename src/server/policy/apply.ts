import type {RuleSpec} from '../../contract/policy-file.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Change, refusal, type Target} from '../gate/types.ts'
import {selectorOf} from './decide.ts'
import {differences, idOf, loadRules, type Row, rowOf, type Stamp, saveRules, unknownOf} from './rules.ts'
import {offered, stateOf} from './show.ts'

type Route = Routes['policyApply']

/** Makes the rules exactly those that are asked for: what is not among them goes. */
export const applyPolicy: Act<'policy.apply', Input<Route>, Reply<Route>> = async (tx, asks) => {
  // Whatever changes the policy has a turn to itself, so this list has one element.
  const [{input, actor}] = asks as [(typeof asks)[number]]
  const {rules} = input.body
  if (new Set(rules.map(({selector}) => idOf(selector))).size < rules.length)
    return [refusal('malformed', 'Two of the rules speak of the same.')]
  const before = await loadRules(tx)
  const after = replaced(before, rules, {org_id: tx.orgId, created_at: tx.now, created_by: actor.name})
  // A rule that is there already is no question: it may speak of what another version offered.
  const unknown = unknownOf(after.filter((rule) => !before.includes(rule)).map(selectorOf))
  if (unknown !== undefined)
    return [
      refusal('not_found', `No operation of the dashboard has this ${unknown.by}; \`postern policy show\` lists them.`),
    ]
  await saveRules(tx, before, after)
  return [changeOf(before, after)]
}

/** The rules that are asked for. One that is there already, effect and reason alike, keeps its stamp. */
export const replaced = (before: readonly Row[], rules: readonly RuleSpec[], stamp: Omit<Stamp, 'reason'>): Row[] =>
  rules.map(({selector, effect, reason}) => {
    const there = before.find((rule) => idOf(selectorOf(rule)) === idOf(selector))
    const same = there?.effect === effect && there.reason === reason
    return same ? there : rowOf(selector, effect, {...stamp, reason})
  })

function changeOf(before: readonly Row[], after: readonly Row[]): Change<Reply<Route>> {
  const operations = offered().map(([name, entry]) => ({
    ...stateOf(after, name, entry),
    before: stateOf(before, name, entry).effect,
  }))
  const [first, ...rest] = differences(before, after).map((name): Target => ({kind: 'policy', name}))
  const changed = first !== undefined
  return {reply: {changed, operations}, targets: [first ?? {kind: 'policy'}, ...rest], changed}
}
