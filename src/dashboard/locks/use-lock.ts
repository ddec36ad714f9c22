import {type Operation, operations} from '../../contract/operations.ts'
import type {OperationState, PolicyRule, Selector} from '../../contract/routes/policy.ts'
import {useMay, useRead} from '../api/use-route.ts'

/** Why the dashboard may not do something. */
export interface Lock {
  operation: string
  /** One line. */
  why: string
}

/** The lock of an operation, as the policy was when it was last asked; null: there is none, or it may not be seen. */
export function useLocks(): (operation: Operation) => Lock | null {
  const may = useMay()
  const {data} = useRead('policyShow', {}, {enabled: may('policy.read')})
  return (operation) => {
    const state = data?.operations.find((one) => one.operation === operation)
    return state?.effect === 'cli-only' ? {operation, why: whyOf(state, data!.rules)} : null
  }
}

/** What a rule speaks of, in words. */
export const spokenOf = (selector: Selector): string =>
  selector.by === 'all' ? 'everything' : `${selector.by} ${selector.name}`

const isOf = (a: Selector, b: Selector): boolean =>
  a.by === b.by && (a.by === 'all' || b.by === 'all' || a.name === b.name)

function whyOf({decidedBy}: OperationState, rules: readonly PolicyRule[]): string {
  if (decidedBy === null) return 'The policy allows it from the CLI only.'
  const rule = rules.find(({selector, effect}) => isOf(selector, decidedBy) && effect === 'cli-only')
  const by = rule === undefined ? '' : `, by ${rule.createdBy}`
  const reason = rule?.reason == null ? '' : `: ${rule.reason}`
  return `CLI only, for the policy locks ${spokenOf(decidedBy)}${by}${reason}.`
}

/** What an operation does, as a sentence's beginning. */
export const labelOf = (operation: Operation): string => operations[operation].label
