import {decideBy} from '../../contract/decide.ts'
import type {OperationEntry} from '../../contract/operations.ts'
import type {Effect, Selector} from '../../contract/routes/policy.ts'
import type {Schema} from '../store/schema.ts'

export type Rule = Pick<Schema['policy_rules'], 'selector_by' | 'selector_name' | 'effect'>

export interface Decision {
  effect: Effect
  /** What the rule that decides speaks of; null: no rule speaks of the operation. */
  decidedBy: Selector | null
}

export const selectorOf = (rule: Pick<Rule, 'selector_by' | 'selector_name'>): Selector =>
  (rule.selector_by === 'all' ? {by: 'all'} : {by: rule.selector_by, name: rule.selector_name}) as Selector

/** What the stored rules say of an operation. */
export function decide(rules: readonly Rule[], name: string, entry: OperationEntry): Decision {
  const {effect, rule} = decideBy(
    rules.map((row) => ({selector: selectorOf(row), effect: row.effect})),
    name,
    entry,
  )
  return {effect, decidedBy: rule?.selector ?? null}
}
