import {PosternError} from '../../client/error.ts'
import {secondsOf} from './duration.ts'

/**
 * A point in time as people type it: `90m`, `24h`, `7d` before `now`, or a date (ISO 8601). Gives UTC, ISO 8601.
 * @throws PosternError `usage`.
 */
export function sinceTime(text: string, now: Date, flag = '--since'): string {
  const ago = secondsOf(text)
  if (ago !== null) return new Date(now.getTime() - ago * 1000).toISOString()
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
  const time = isDate ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new PosternError('usage', `${flag} takes a time.`, {next: 'As in 24h, 7d or 2026-01-31.'})
}
