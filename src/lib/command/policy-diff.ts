import {decideBy} from '../../contract/decide.ts'
import type {RuleSpec} from '../../contract/policy-file.ts'
import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Effect, OperationState, Selector} from '../../contract/routes/policy.ts'

export type Policy = Reply<Routes['policyShow']>

/** A rule that is another in the file than in force. `before` null: it would be added; `after` null: removed. */
export interface RuleChange {
  selector: Selector
  before: Said | null
  after: Said | null
}
type Said = Pick<RuleSpec, 'effect' | 'reason'>

export interface PolicyDiff {
  rules: RuleChange[]
  /** The operations whose effect would be another. */
  operations: (OperationState & {before: Effect})[]
}

/** What would change if `asked` were the whole of the policy. */
export function policyDiff(policy: Policy, asked: readonly RuleSpec[]): PolicyDiff {
  const ids = new Map([...policy.rules, ...asked].map(({selector}) => [idOf(selector), selector]))
  const rules = [...ids].map(([id, selector]) => ({
    selector,
    before: saidIn(policy.rules, id),
    after: saidIn(asked, id),
  }))
  const operations = policy.operations.map((state) => {
    const {effect, rule} = decideBy(asked, state.operation, state)
    return {...state, effect, decidedBy: rule?.selector ?? null, before: state.effect}
  })
  return {
    rules: rules.filter(({before, after}) => before?.effect !== after?.effect || before?.reason !== after?.reason),
    operations: operations.filter(({before, effect}) => before !== effect),
  }
}

/** Whether the dashboard may do more afterwards, now or when an operation is added: a lock goes, or an unlock comes. */
export const loosens = ({rules}: PolicyDiff): boolean =>
  rules.some(
    ({before, after}) =>
      before?.effect !== after?.effect && (before?.effect === 'cli-only' || after?.effect === 'enabled'),
  )

const idOf = (selector: Selector) => JSON.stringify([selector.by, selector.by === 'all' ? '' : selector.name])

function saidIn(rules: readonly RuleSpec[], id: string): Said | null {
  const rule = rules.find(({selector}) => idOf(selector) === id)
  return rule === undefined ? null : {effect: rule.effect, reason: rule.reason}
}
