import type {Check} from '../doctor/checklist.ts'
import {colours} from './colours.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The checks, one a line, with what to do below it; without a terminal, one line each with tabs between. */
export async function checksText(checks: readonly Check[], terminal: boolean, env: Env): Promise<string> {
  if (!terminal)
    return checks.map(({state, check, what, next}) => [state, check, what, next ?? ''].join('\t')).join('\n')
  const chalk = await colours(true, env)
  const paint = {ok: chalk.green, warn: chalk.yellow, failed: chalk.red, skipped: chalk.dim}
  return checks
    .flatMap(({state, check, what, next}) => [
      `${paint[state](state.padEnd(7))}  ${check.padEnd(11)}  ${what}`,
      ...(next === undefined ? [] : [`${' '.repeat(22)}Next: ${next}`]),
    ])
    .join('\n')
}
