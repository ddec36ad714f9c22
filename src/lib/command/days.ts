import {PosternError} from '../../client/error.ts'

/**
 * A number of whole days as people type it: `90d`, `12w`.
 * @throws PosternError `usage`, naming the flag.
 */
export function daysIn(flag: string, text: string, fewest: number, most: number): number {
  const [, number, unit] = /^(\d{1,5})([dw])$/.exec(text) ?? []
  const days = Number(number) * (unit === 'w' ? 7 : 1)
  if (number !== undefined && days >= fewest && days <= most) return days
  throw new PosternError('usage', `${flag} takes whole days or weeks, from ${fewest}d to ${most}d.`, {
    next: 'As in 90d or 12w.',
  })
}
