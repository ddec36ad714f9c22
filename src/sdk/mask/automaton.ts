/** The fewest bytes of a pattern, and how many are looked at together. */
export const WINDOW = 4

/** The most bytes of a pattern. */
export const MOST = 256

/**
 * The automaton of Aho and Corasick over many patterns. A state stands for the longest end of what was read that begins a
 * pattern, if that has at least `WINDOW` bytes; state 0 stands for all that is shorter. Where nothing begins, which is nearly
 * everywhere, only the last bytes' slot in `filter` is looked at. `tail` is always the last four bytes read, as one number.
 */
export interface Automaton {
  /** Not 0 where a pattern may begin with the window of this slot. */
  filter: Uint8Array
  /** What a window's bytes times `HASH` are shifted by to give its slot. */
  shift: number
  /** The state after state 0, once `tail` was read. */
  find: (tail: number) => number
  /** The state after any other. */
  next: (state: number, byte: number, tail: number) => number
  /** By state, the length of the longest pattern that ends there; 0: none does. */
  longest: Uint16Array
  /** How many of the bytes read last begin a pattern that may yet come. */
  held: (state: number, tail: number, read: number) => number
  /** The state that the whole of a pattern leads to. */
  stateOf: (pattern: string) => number
}

/** Spreads the bytes of a window over all bits (Knuth's multiplicative hash: 2^32 by the golden ratio). */
export const HASH = 0x9e3779b1

const slotOf = (tail: number, shift: number): number => Math.imul(tail, HASH) >>> shift

/** Builds it over patterns of `WINDOW` to `MOST` bytes, a character each (latin1). */
export function automatonOf(given: Iterable<string>): Automaton {
  const patterns = [...new Set(given)].sort()
  const {label, sibling, parent, depth, tails, longest, ends, count} = trieOf(patterns)
  const {find, filter, shift} = windowsOf(depth, tails, count)
  const fail = new Int32Array(count)

  const child = (state: number, byte: number): number => {
    if (depth[state + 1]! <= depth[state]!) return 0
    let at = state + 1
    while (label[at] !== byte) {
      at = sibling[at]!
      if (at === 0) return 0
    }
    return at
  }
  const next = (state: number, byte: number, tail: number): number => {
    for (let from = state; from !== 0; from = fail[from]!) {
      const to = child(from, byte)
      if (to !== 0) return to
    }
    return find(tail)
  }
  for (const state of shortestFirst(depth, count)) {
    if (depth[state]! <= WINDOW) continue
    const shorter = next(fail[parent[state]!]!, label[state]!, tails[state]!)
    fail[state] = shorter
    if (longest[state] === 0) longest[state] = longest[shorter]!
  }

  const beginnings = new Set<number>()
  for (let state = 1; state < count; state += 1)
    if (depth[state]! < WINDOW) beginnings.add(beginning(tails[state]!, depth[state]!))
  const held = (state: number, tail: number, read: number): number => {
    for (let at = state; at !== 0; at = fail[at]!) if (depth[at + 1]! > depth[at]!) return depth[at]!
    for (let length = Math.min(WINDOW - 1, read); length > 0; length -= 1)
      if (beginnings.has(beginning(tail, length))) return length
    return 0
  }
  return {filter, shift, find, next, longest, held, stateOf: (pattern) => ends.get(pattern) ?? 0}
}

/** The last one to three bytes of `tail`, with their number. */
const beginning = (tail: number, length: number): number => (tail & ((1 << (length * 8)) - 1)) | (length << 24)

/**
 * All beginnings of sorted patterns, numbered so that the first child of each comes right after it: where `depth` does not
 * grow, there is none. 0 is the empty one.
 */
function trieOf(patterns: readonly string[]) {
  const shared = patterns.map((pattern, at) => (at === 0 ? 0 : sharedLength(patterns[at - 1]!, pattern)))
  const count = patterns.reduce((sum, {length}, at) => sum + length - shared[at]!, 1)
  const label = new Uint8Array(count)
  const sibling = new Int32Array(count)
  const parent = new Int32Array(count)
  const depth = new Uint16Array(count + 1)
  const tails = new Int32Array(count)
  const longest = new Uint16Array(count)
  const ends = new Map<string, number>()
  const path = new Int32Array(MOST + 1)
  let made = 1
  for (const [at, pattern] of patterns.entries()) {
    const branch = shared[at]! + 1
    if (at > 0 && branch <= patterns[at - 1]!.length) sibling[path[branch]!] = made
    for (let length = branch; length <= pattern.length; length += 1) {
      const from = path[length - 1]!
      label[made] = pattern.charCodeAt(length - 1)
      parent[made] = from
      depth[made] = length
      tails[made] = (tails[from]! << 8) | label[made]!
      path[length] = made
      made += 1
    }
    longest[path[pattern.length]!] = pattern.length
    ends.set(pattern, path[pattern.length]!)
  }
  return {label, sibling, parent, depth, tails, longest, ends, count}
}

function sharedLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length += 1
  return length
}

/** The states of `WINDOW` bytes by their bytes: a table with room for many more, so that most slots are empty. */
function windowsOf(depth: Uint16Array, tails: Int32Array, count: number) {
  const windows: number[] = []
  for (let state = 1; state < count; state += 1) if (depth[state] === WINDOW) windows.push(state)
  const need = Math.log2(windows.length + 1)
  const bits = Math.ceil(Math.max(12, need + 1, Math.min(22, need + 5)))
  const shift = 32 - bits
  const last = 2 ** bits - 1
  const filter = new Uint8Array(last + 1)
  const states = new Int32Array(last + 1)
  for (const state of windows) {
    let slot = slotOf(tails[state]!, shift)
    while (states[slot] !== 0) slot = (slot + 1) & last
    states[slot] = state
    filter[slot] = 1
  }
  const find = (tail: number): number => {
    for (let slot = slotOf(tail, shift); states[slot] !== 0; slot = (slot + 1) & last)
      if (tails[states[slot]!] === tail) return states[slot]!
    return 0
  }
  return {find, filter, shift}
}

/** What a state falls back to is shorter, and so comes before it here. */
function shortestFirst(depth: Uint16Array, count: number): Int32Array {
  const begins = new Int32Array(MOST + 2)
  for (let state = 0; state < count; state += 1) begins[depth[state]! + 1]! += 1
  for (let length = 1; length < begins.length; length += 1) begins[length]! += begins[length - 1]!
  const order = new Int32Array(count)
  for (let state = 0; state < count; state += 1) {
    const at = begins[depth[state]!]!
    order[at] = state
    begins[depth[state]!] = at + 1
  }
  return order
}
