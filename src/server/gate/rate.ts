/** Counts what comes under a key, and answers how many seconds to wait: 0 while there were not too many. In memory alone. */
export interface Rate {
  (key: string): number
  /** Whether the next will have to wait; counts nothing. */
  isSpent: (key: string) => boolean
}

interface Limits {
  /** How many are let through in a window. */
  most: number
  /** In milliseconds. */
  window: number
  now: () => Date
}

/** Keys that are counted at once; the longest untouched go first, so that memory stays bounded. */
export const COUNTED = 20_000

/** Makes a count over fixed windows, each of which begins with the first under its key. */
export function rateOf({most, window, now}: Limits): Rate {
  const windows = new Map<string, {until: number; count: number}>()
  const currentOf = (key: string, at: number) => {
    const known = windows.get(key)
    // A window that ends later than one which begins now is of before the clock was set back.
    return known !== undefined && known.until > at && known.until <= at + window
      ? known
      : {until: at + window, count: 0}
  }
  const count = (key: string) => {
    const at = now().getTime()
    const current = currentOf(key, at)
    current.count += 1
    windows.delete(key)
    windows.set(key, current)
    if (windows.size > COUNTED) windows.delete(windows.keys().next().value!)
    return current.count > most ? Math.ceil((current.until - at) / 1000) : 0
  }
  return Object.assign(count, {isSpent: (key: string) => currentOf(key, now().getTime()).count >= most})
}
