import {speaksOf} from '../../contract/decide.ts'
import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Effect, Selector} from '../../contract/routes/policy.ts'
import {type Act, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {selectorOf} from './decide.ts'
import {idOf, loadRules, type PolicyOperation, type Row, rowOf, type Stamp, saveRules, unknownOf} from './rules.ts'
import {offered, stateOf} from './show.ts'

interface ChangeInput {
  body: {selectors?: Selector[] | undefined; reason?: string | undefined}
}
type Changed = Reply<Routes['policyLock']>

/** Adds `cli-only` rules: what they speak of is refused on the dashboard from the next request on. */
export const lockPolicy: Act<'policy.lock', ChangeInput, Changed> = (tx, asks) => changeEach(tx, asks, 'cli-only')
/** Adds `enabled` rules. A narrower rule still decides. */
export const unlockPolicy: Act<'policy.unlock', ChangeInput, Changed> = (tx, asks) => changeEach(tx, asks, 'enabled')
/** Removes rules; without selectors, all of them. */
export const resetPolicy: Act<'policy.reset', ChangeInput, Changed> = (tx, asks) => changeEach(tx, asks, null)

async function changeEach(
  tx: Write<PolicyOperation>,
  asks: {input: ChangeInput; actor: {name: string}}[],
  effect: Effect | null,
): Promise<(Change<Changed> | Refusal)[]> {
  const outcomes: (Change<Changed> | Refusal)[] = []
  // Whatever changes the policy has a turn to itself, so this list has one element.
  for (const {input, actor} of asks) {
    const before = await loadRules(tx)
    const selectors = input.body.selectors ?? before.map(selectorOf)
    const unknown = unknownOf(selectors)
    if (unknown !== undefined && effect !== null) {
      outcomes.push(
        refusal(
          'not_found',
          `No operation of the dashboard has this ${unknown.by}; \`postern policy show\` lists them.`,
        ),
      )
      continue
    }
    const after = applied(before, selectors, effect, {
      org_id: tx.orgId,
      reason: input.body.reason ?? null,
      created_at: tx.now,
      created_by: actor.name,
    })
    await saveRules(tx, before, after)
    outcomes.push(changeOf(before, after, selectors))
  }
  return outcomes
}

/** The rules after a change. A rule that says the same already keeps its stamp. */
export function applied(
  before: readonly Row[],
  selectors: readonly Selector[],
  effect: Effect | null,
  stamp: Stamp,
): Row[] {
  const names = new Set(selectors.map(idOf))
  const kept = before.filter(
    (rule) => !names.has(idOf(selectorOf(rule))) || (effect !== null && rule.effect === effect),
  )
  if (effect === null) return kept
  const there = new Set(kept.map((rule) => idOf(selectorOf(rule))))
  const fresh = [...new Map(selectors.map((selector) => [idOf(selector), selector])).values()].filter(
    (s) => !there.has(idOf(s)),
  )
  return [...kept, ...fresh.map((selector) => rowOf(selector, effect, stamp))]
}

function changeOf(before: readonly Row[], after: readonly Row[], selectors: readonly Selector[]): Change<Changed> {
  const operations = offered()
    .filter(([name, entry]) => selectors.some((selector) => speaksOf(selector, name, entry)))
    .map(([name, entry]) => ({...stateOf(after, name, entry), before: stateOf(before, name, entry).effect}))
  const changed = before.length !== after.length || after.some((rule) => !before.includes(rule))
  const [first = {by: 'all'} as Selector, ...rest] = selectors
  const target = (selector: Selector) => ({kind: 'policy', name: idOf(selector)})
  return {reply: {changed, operations}, targets: [target(first), ...rest.map(target)], changed}
}
