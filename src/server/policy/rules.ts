import type {Selectable} from 'kysely'
import {speaksOf} from '../../contract/decide.ts'
import type {Selector} from '../../contract/routes/policy.ts'
import type {Write} from '../gate/types.ts'
import type {Schema} from '../store/schema.ts'
import {selectorOf} from './decide.ts'
import {offered} from './show.ts'

export type PolicyOperation = 'policy.lock' | 'policy.unlock' | 'policy.reset' | 'policy.apply'
export type Row = Selectable<Schema['policy_rules']>
/** Whose, when and why a rule is. */
export type Stamp = Pick<Row, 'org_id' | 'reason' | 'created_at' | 'created_by'>

/** Unique among the rules of an organization. */
export const idOf = (selector: Selector): string => (selector.by === 'all' ? 'all' : `${selector.by}:${selector.name}`)

/** A selector that speaks of nothing that the dashboard offers; undefined: each speaks of something. */
export const unknownOf = (selectors: readonly Selector[]): Selector | undefined =>
  selectors.find((selector) => !offered().some(([name, entry]) => speaksOf(selector, name, entry)))

export const rowOf = (selector: Selector, effect: Row['effect'], stamp: Stamp): Row => ({
  ...stamp,
  selector_by: selector.by,
  selector_name: selector.by === 'all' ? '' : selector.name,
  effect,
})

export const loadRules = (tx: Write<PolicyOperation>): Promise<Row[]> =>
  tx.db.selectFrom('policy_rules').selectAll().where('org_id', '=', tx.orgId).execute()

/** Writes what a change made of `before`. A rule that is the same object in both stays untouched. */
export async function saveRules(
  tx: Write<PolicyOperation>,
  before: readonly Row[],
  after: readonly Row[],
): Promise<void> {
  const gone = before.filter((rule) => !after.includes(rule))
  const fresh = after.filter((rule) => !before.includes(rule))
  if (gone.length > 0)
    await tx.db
      .deleteFrom('policy_rules')
      .where('org_id', '=', tx.orgId)
      .where((eb) => eb.or(gone.map(({selector_by, selector_name}) => eb.and({selector_by, selector_name}))))
      .execute()
  if (fresh.length > 0) await tx.db.insertInto('policy_rules').values(fresh).execute()
}

/** Each rule that is another than before, or gone, as the audit log names it: `lock`, `unlock` or `reset` and what it speaks of. */
export function differences(before: readonly Row[], after: readonly Row[]): string[] {
  const fresh = after.filter((rule) => !before.includes(rule))
  const there = new Set(after.map((rule) => idOf(selectorOf(rule))))
  const gone = before.filter((rule) => !there.has(idOf(selectorOf(rule))))
  return [
    ...gone.map((rule) => `reset:${idOf(selectorOf(rule))}`),
    ...fresh.map((rule) => `${rule.effect === 'cli-only' ? 'lock' : 'unlock'}:${idOf(selectorOf(rule))}`),
  ]
}
