import type {OperationEntry} from './operations.ts'
import type {Effect, Selector} from './routes/policy.ts'

export interface Decision<R> {
  effect: Effect
  /** The rule that decides; null: none speaks of the operation. */
  rule: R | null
}

/** What a rule looks at. */
export type Kind = Pick<OperationEntry, 'category' | 'sensitivity'>

/** Whether a selector speaks of an operation. */
export function speaksOf(selector: Selector, name: string, {category, sensitivity}: Kind): boolean {
  if (selector.by === 'all') return true
  if (selector.by === 'operation') return selector.name === name
  return selector.by === 'category' ? selector.name === category : selector.name === sensitivity
}

/** The narrowest rule decides: the operation's, then category and sensitivity (`cli-only` wins between them), then all. */
export function decideBy<R extends {selector: Selector; effect: Effect}>(
  rules: readonly R[],
  name: string,
  kind: Kind,
): Decision<R> {
  const speaking = rules.filter(({selector}) => speaksOf(selector, name, kind))
  const by = (which: Selector['by']) => speaking.filter(({selector}) => selector.by === which)
  for (const tier of [by('operation'), [...by('category'), ...by('sensitivity')], by('all')]) {
    const rule = tier.find(({effect}) => effect === 'cli-only') ?? tier[0]
    if (rule !== undefined) return {effect: rule.effect, rule}
  }
  return {effect: 'enabled', rule: null}
}
