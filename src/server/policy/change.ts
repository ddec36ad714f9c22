import type {Selectable} from 'kysely'
import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Effect, Selector} from '../../contract/routes/policy.ts'
import {type Act, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import type {Schema} from '../store/schema.ts'
import {selectorOf, speaksOf} from './decide.ts'
import {offered, stateOf} from './show.ts'

type PolicyOperation = 'policy.lock' | 'policy.unlock' | 'policy.reset'
type Row = Selectable<Schema['policy_rules']>
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
    const before = await tx.db.selectFrom('policy_rules').selectAll().where('org_id', '=', tx.orgId).execute()
    const selectors = input.body.selectors ?? before.map(selectorOf)
    const unknown = selectors.find((selector) => !offered().some(([name, entry]) => speaksOf(selector, name, entry)))
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
    await write(tx, before, after)
    outcomes.push(changeOf(before, after, selectors))
  }
  return outcomes
}

type Stamp = Pick<Row, 'org_id' | 'reason' | 'created_at' | 'created_by'>

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
  return [
    ...kept,
    ...fresh.map((s) => ({...stamp, selector_by: s.by, selector_name: s.by === 'all' ? '' : s.name, effect})),
  ]
}

const idOf = (selector: Selector) => (selector.by === 'all' ? 'all' : `${selector.by} ${selector.name}`)

async function write(tx: Write<PolicyOperation>, before: readonly Row[], after: readonly Row[]): Promise<void> {
  const gone = before.filter((rule) => !after.includes(rule))
  const fresh = after.filter((rule) => !before.includes(rule))
  for (const rule of gone) {
    await tx.db
      .deleteFrom('policy_rules')
      .where('org_id', '=', tx.orgId)
      .where('selector_by', '=', rule.selector_by)
      .where('selector_name', '=', rule.selector_name)
      .execute()
  }
  if (fresh.length > 0)
    await tx.db
      .insertInto('policy_rules')
      .values([...fresh])
      .execute()
}

function changeOf(before: readonly Row[], after: readonly Row[], selectors: readonly Selector[]): Change<Changed> {
  const operations = offered()
    .filter(([name, entry]) => selectors.some((selector) => speaksOf(selector, name, entry)))
    .map(([name, entry]) => ({...stateOf(after, name, entry), before: stateOf(before, name, entry).effect}))
  const changed = before.length !== after.length || after.some((rule) => !before.includes(rule))
  const [first = {by: 'all'} as Selector, ...rest] = selectors
  const target = (selector: Selector) => ({kind: 'policy', name: idOf(selector).replace(' ', ':')})
  return {reply: {changed, operations}, targets: [target(first), ...rest.map(target)], changed}
}
