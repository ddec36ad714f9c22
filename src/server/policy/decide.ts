import type {OperationEntry} from '../../contract/operations.ts'
import type {Effect, Selector} from '../../contract/routes/policy.ts'
import type {Schema} from '../store/schema.ts'

export type Rule = Pick<Schema['policy_rules'], 'selector_by' | 'selector_name' | 'effect'>

export interface Decision {
  effect: Effect
  /** The rule that decides; null: none speaks of the operation. */
  decidedBy: Selector | null
}

export const selectorOf = (rule: Pick<Rule, 'selector_by' | 'selector_name'>): Selector =>
  (rule.selector_by === 'all' ? {by: 'all'} : {by: rule.selector_by, name: rule.selector_name}) as Selector

/** Whether a selector speaks of an operation. */
export function speaksOf(selector: Selector, name: string, entry: OperationEntry): boolean {
  if (selector.by === 'all') return true
  if (selector.by === 'operation') return selector.name === name
  return selector.by === 'category' ? selector.name === entry.category : selector.name === entry.sensitivity
}

/** The narrowest rule decides: the operation's, then category and sensitivity (`cli-only` wins between them), then all. */
export function decide(rules: readonly Rule[], name: string, entry: OperationEntry): Decision {
  const speaking = rules.filter((rule) => speaksOf(selectorOf(rule), name, entry))
  const by = (kind: Rule['selector_by']) => speaking.filter((rule) => rule.selector_by === kind)
  for (const tier of [by('operation'), [...by('category'), ...by('sensitivity')], by('all')]) {
    const rule = tier.find((r) => r.effect === 'cli-only') ?? tier[0]
    if (rule !== undefined) return {effect: rule.effect, decidedBy: selectorOf(rule)}
  }
  return {effect: 'enabled', decidedBy: null}
}
