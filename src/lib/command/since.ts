import {PosternError} from '../../client/error.ts'
import {secondsOf} from './duration.ts'
import {TIME_RULE, timeOf} from './point-in-time.ts'

/**
 * A point in time as people type it: `90m`, `24h`, `7d` before `now`, or a date (ISO 8601). Gives UTC, ISO 8601.
 * @throws PosternError `usage`.
 */
export function sinceTime(text: string, now: Date, flag = '--since'): string {
  const ago = secondsOf(text)
  const at = ago === null ? timeOf(text) : now.getTime() - ago * 1000
  if (at !== null) return new Date(at).toISOString()
  throw new PosternError('usage', `${flag} takes a time that there is.`, {next: `As in ${TIME_RULE}.`})
}
