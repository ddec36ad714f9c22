import {PosternError} from '../../client/error.ts'

export const units: Record<string, number> = {s: 1, m: 60, h: 3600, d: 86_400, w: 604_800}

/**
 * A point in time as people type it: `90m`, `24h`, `7d` before `now`, or a date (ISO 8601). Gives UTC, ISO 8601.
 * @throws PosternError `usage`.
 */
export function sinceTime(text: string, now: Date): string {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text)
  if (ago !== null) return new Date(now.getTime() - Number(ago[1]) * units[ago[2]!]! * 1000).toISOString()
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
  const time = isDate ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new PosternError('usage', '--since takes a time.', {next: 'As in 24h, 7d or 2026-01-31.'})
}
