import {PosternError} from '../../client/error.ts'
import {secondsOf} from './duration.ts'

/**
 * An expiry as people type it: `90d`, `12h` from `now` on, or a date (ISO 8601). Gives UTC, ISO 8601.
 * @throws PosternError `usage`, also for what is past.
 */
export function untilTime(text: string, now: Date): string {
  const from = secondsOf(text)
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
  const at = from !== null ? now.getTime() + from * 1000 : isDate ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) {
    throw new PosternError('usage', '--expires takes a time.', {next: 'As in 90d, 12h or 2027-01-31.'})
  }
  if (at <= now.getTime()) throw new PosternError('usage', '--expires takes a time that is still to come.')
  return new Date(at).toISOString()
}
