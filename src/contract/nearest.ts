/** The word of `words` that `typed` most likely meant; null: none is near. Only known words come back, never what was typed. */
export function nearest(typed: string, words: Iterable<string>): string | null {
  const asked = typed.toLowerCase()
  let best: string | null = null
  // Of three letters, two others make another word.
  let least = (asked.length <= 3 ? 1 : Math.max(2, Math.floor(asked.length / 3))) + 1
  for (const word of words) {
    const steps = distance(asked, word.toLowerCase(), least)
    if (steps < least) [best, least] = [word, steps]
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`; `limit` when it is that or more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let older: number[] = []
  let previous = Array.from({length: b.length + 1}, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let steps = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) steps = Math.min(steps, older[column - 2]! + 1)
      current.push(steps)
    }
    older = previous
    previous = current
  }
  return previous[b.length]!
}
