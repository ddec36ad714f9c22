import {setTimeout as sleep} from 'node:timers/promises'
import {PosternError} from '../../client/error.ts'
import type {World} from './world.ts'

/** Between two looks, in milliseconds. */
const PAUSE = 1000

/** What passes by itself. */
const passing: readonly string[] = [
  'unreachable',
  'unavailable',
  'overloaded',
  'request_timeout',
  'outcome_unknown',
  'rate_limited',
]

/**
 * Looks for news again and again until the process is interrupted, or nobody reads what it says any more. `look` gets the last sequence seen and gives the next.
 * An outage is said once and waited out.
 */
export async function follow(from: number, world: World, look: (after: number) => Promise<number>): Promise<void> {
  let after = from
  let away = false
  while (!world.stdoutIsGone) {
    try {
      after = await look(after)
      away = false
    } catch (error) {
      if (!(error instanceof PosternError) || !passing.includes(error.code)) throw error
      if (!away) world.stderr.write(`${error.message} Waiting for it.\n`)
      away = true
    }
    await sleep(PAUSE)
  }
}
