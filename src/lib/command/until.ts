import {PosternError} from '../../client/error.ts'
import {secondsOf} from './duration.ts'
import {TIME_RULE, timeOf} from './point-in-time.ts'

/**
 * An expiry as people type it: `90d`, `12h` from `now` on, or a date (ISO 8601). Gives UTC, ISO 8601.
 * @throws PosternError `usage`, also for what is past.
 */
export function untilTime(text: string, now: Date): string {
  const from = secondsOf(text)
  const at = from === null ? timeOf(text) : now.getTime() + from * 1000
  if (at === null)
    throw new PosternError('usage', '--expires takes a time that there is.', {next: `As in ${TIME_RULE}.`})
  if (at <= now.getTime()) throw new PosternError('usage', '--expires takes a time that is still to come.')
  return new Date(at).toISOString()
}
