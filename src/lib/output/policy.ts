import type {Effect, OperationState, PolicyRule, Selector} from '../../contract/routes/policy.ts'
import {table} from './table.ts'

type Changed = OperationState & {before: Effect}

/** A selector in words: `category secrets`, `all operations`. */
export const wordsOf = (selector: Selector): string =>
  selector.by === 'all' ? 'all operations' : `${selector.by} ${selector.name}`

/** The rule that decides, in words. */
const ruleOf = ({decidedBy}: OperationState): string => (decidedBy === null ? 'no rule' : `rule: ${wordsOf(decidedBy)}`)

/** The state of each operation and the rule that decides it. */
export const stateTable = (states: OperationState[], terminal: boolean): Promise<string> =>
  table(
    ['operation', 'category', 'sensitivity', 'effect', 'decided by'],
    states.map((state) => [state.operation, state.category, state.sensitivity, state.effect, ruleOf(state)]),
    terminal,
  )

/** What a change does to each operation, and the rule that will decide it. */
export const changeTable = (states: Changed[], terminal: boolean): Promise<string> =>
  table(
    ['operation', 'change', 'decided by'],
    states.map((state) => [state.operation, changeOf(state), ruleOf(state)]),
    terminal,
  )

const changeOf = ({before, effect}: Changed): string =>
  before === effect ? `stays ${effect}` : `${before} -> ${effect}`

/** The rules, each with who made it, when and why. For a terminal. */
export const ruleTable = (rules: PolicyRule[]): Promise<string> =>
  table(
    ['rule', 'effect', 'since', 'by', 'reason'],
    rules.map((rule) => [wordsOf(rule.selector), rule.effect, rule.createdAt, rule.createdBy, rule.reason ?? '']),
    true,
  )
