const units = [
  ['days', 24 * 60 * 60],
  ['hours', 60 * 60],
  ['minutes', 60],
] as const

/** A span of time in the largest unit of which it has two: `36 hours`. */
export function spanOf(seconds: number): string {
  const [unit, length] = units.find(([, length]) => seconds >= 2 * length) ?? ['s', 1]
  return `${Math.floor(seconds / length)} ${unit}`
}

/** When so many whole days are left: `in 3 days`. */
export const inDays = (days: number): string =>
  days === 0 ? 'in less than a day' : days === 1 ? 'in 1 day' : `in ${days} days`
