import type {Effect, OperationState, PolicyRule, Selector} from '../../contract/routes/policy.ts'
import type {PolicyDiff} from '../command/policy-diff.ts'
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

/** The rules, each with who made it, when and why. */
export const ruleTable = (rules: PolicyRule[], terminal: boolean): Promise<string> =>
  table(
    ['rule', 'effect', 'by', 'since', 'reason'],
    rules.map((rule) => [wordsOf(rule.selector), rule.effect, ...stampOf(rule)]),
    terminal,
  )

/** The state of each operation, and the rule that decides it with who made it, when and why. */
export const policyTable = (
  states: (OperationState & {rule: PolicyRule | null})[],
  terminal: boolean,
): Promise<string> =>
  table(
    ['operation', 'category', 'sensitivity', 'effect', 'decided by', 'by', 'since', 'reason'],
    states.map((state) => {
      const {operation, category, sensitivity, effect, rule} = state
      return [
        operation,
        category,
        sensitivity,
        effect,
        ruleOf(state),
        ...(rule === null ? ['', '', ''] : stampOf(rule)),
      ]
    }),
    terminal,
  )

const stampOf = ({createdBy, createdAt, reason}: PolicyRule): string[] => [createdBy, createdAt, reason ?? '']

/** What a file would change, as git shows it: `-` is in force, `+` is in the file; then the operations that flip. */
export async function diffText({rules, operations}: PolicyDiff, terminal: boolean): Promise<string> {
  const lines = rules.flatMap(({selector, before, after}) => [
    ...(before === null ? [] : [`- ${sentenceOf(selector, before)}`]),
    ...(after === null ? [] : [`+ ${sentenceOf(selector, after)}`]),
  ])
  const flips = operations.length === 0 ? 'No operation changes.' : await changeTable(operations, terminal)
  return [...lines, flips].join('\n')
}

const sentenceOf = (selector: Selector, {effect, reason}: {effect: Effect; reason: string | null}): string =>
  `${effect === 'cli-only' ? 'lock' : 'unlock'} ${wordsOf(selector)}${reason === null ? '' : ` (${reason})`}`
