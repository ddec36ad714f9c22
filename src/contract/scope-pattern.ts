import {MAX_SCOPE, MAX_SEGMENTS, SEGMENT} from './name-rules.ts'

/** A scope, with `*` for one segment and a last `**` for whatever is below; `**` alone is all. */
export const scopePatternPattern = new RegExp(
  `^(?:\\*\\*|(?:${SEGMENT}|\\*)(?:/(?:${SEGMENT}|\\*)){0,${MAX_SEGMENTS - 1}}(?:/\\*\\*)?)$`,
)

export const SCOPE_PATTERN_RULE =
  'a scope in which * stands for one segment and a last /** for it and all below, as production/**; ** is all'

export const isScopePattern = (text: string): boolean => text.length <= MAX_SCOPE && scopePatternPattern.test(text)

/** Whether all that `inner` (a scope or a pattern) speaks of is spoken of by the pattern `outer`. */
export function covers(outer: string, inner: string): boolean {
  const [a, b] = [outer.split('/'), inner.split('/')]
  const open = a.at(-1) === '**'
  const openInner = b.at(-1) === '**'
  const fixed = open ? a.slice(0, -1) : a
  const fixedInner = openInner ? b.slice(0, -1) : b
  if (openInner && !open) return false
  if (open ? fixedInner.length < fixed.length : fixedInner.length !== fixed.length) return false
  return fixed.every((segment, index) => segment === '*' || segment === fixedInner[index])
}

/** Whether a credential bound to `patterns` (null: to none, so to all) may touch all that `scope`, or a pattern, speaks of. */
export const reaches = (patterns: readonly string[] | null, scope: string): boolean =>
  patterns === null || patterns.some((pattern) => covers(pattern, scope))
