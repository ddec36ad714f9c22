import {type Claims, fillPattern, hostRank} from '../../contract/binding-pattern.ts'
import {covers} from '../../contract/scope-pattern.ts'
import type {ValueType} from '../../contract/value-type.ts'
import type {Binding} from './load.ts'
import {fits, fitsHost} from './match.ts'

/** A binding that speaks of something for these claims: its pattern, filled. */
export interface Effective {
  binding: Binding
  pattern: string
}

/** Why a binding gives nothing: it is for other hosts, or its placeholders cannot be filled. */
export type Idle = {binding: Binding; why: 'host' | 'claim'}

/** What picking needs of a stored name. */
export interface Candidate {
  id: number
  kind: 'secret' | 'variable'
  scope: string
  key: string
  version: number
  /** Null: declared, without a value. */
  length: number | null
  /** What its value is; null: it has none. */
  type: ValueType | null
}

/** A key as an environment gives it, by which binding, and what that shadows. */
export interface Given<C extends Candidate = Candidate> {
  entry: C
  binding: Binding
  shadows: {entry: C; binding: Binding}[]
}

export interface Picked<C extends Candidate = Candidate> {
  /** In the byte order of their keys. */
  given: Given<C>[]
  /** Keys that are declared and that nothing gives a value. */
  missing: C[]
}

/** What narrows a resolve: globs over keys, and patterns over the scopes that give them. */
export interface Filters {
  only?: readonly string[] | null
  scopes?: readonly string[] | null
}

/** Which bindings speak of something for these claims, and which do not. */
export function effectiveOf(bindings: readonly Binding[], claims: Claims): {effective: Effective[]; idle: Idle[]} {
  const effective: Effective[] = []
  const idle: Idle[] = []
  for (const binding of bindings) {
    const pattern = fillPattern(binding.scope, claims)
    if (!fitsHost(binding.host, claims.host)) idle.push({binding, why: 'host'})
    else if (pattern === null) idle.push({binding, why: 'claim'})
    else effective.push({binding, pattern})
  }
  return {effective, idle}
}

/**
 * Which name gives each key. The environment's own bindings go before its collections', the inner before the outer; then
 * the most specific pattern of hosts; then the deeper scope; then the name that was there first, so that a new one never
 * takes the place of what workloads get. Filters leave keys out, and change nothing of who gives the others.
 */
export function pick<C extends Candidate>(
  effective: readonly Effective[],
  entries: readonly C[],
  {only = null, scopes = null}: Filters = {},
): Picked<C> {
  const byScope = new Map<string, Effective[]>()
  const speaking = (scope: string) => {
    const kept = byScope.get(scope)
    if (kept !== undefined) return kept
    const found = effective.filter(({pattern}) => covers(pattern, scope))
    byScope.set(scope, found)
    return found
  }
  const byKey = new Map<string, {entry: C; binding: Binding}[]>()
  for (const entry of entries) {
    const [binding] = speaking(entry.scope)
      .map((one) => one.binding)
      .filter(({keys}) => keys === null || keys.includes(entry.key))
      .sort(byBinding)
    if (binding === undefined) continue
    const candidates = byKey.get(entry.key) ?? []
    candidates.push({entry, binding})
    byKey.set(entry.key, candidates)
  }
  const picked: Picked<C> = {given: [], missing: []}
  for (const key of [...byKey.keys()].sort(byBytes)) {
    if (only !== null && !only.some((glob) => fits(glob, key))) continue
    const candidates = byKey.get(key)!.sort(byPrecedence)
    const [first, ...shadows] = candidates.filter(({entry}) => entry.length !== null)
    const shown = (first ?? candidates[0]!).entry
    if (scopes !== null && !scopes.some((pattern) => covers(pattern, shown.scope))) continue
    if (first === undefined) picked.missing.push(shown)
    else picked.given.push({...first, shadows})
  }
  return picked
}

const depth = (path: string) => path.split('/').length
const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const byBinding = (a: Binding, b: Binding): number =>
  depth(b.environment) - depth(a.environment) || hostRank(b.host) - hostRank(a.host) || a.id - b.id

const byPrecedence = (a: {entry: Candidate; binding: Binding}, b: {entry: Candidate; binding: Binding}): number =>
  depth(b.binding.environment) - depth(a.binding.environment) ||
  hostRank(b.binding.host) - hostRank(a.binding.host) ||
  depth(b.entry.scope) - depth(a.entry.scope) ||
  a.entry.id - b.entry.id
