import {PosternError} from '../../client/error.ts'
import {categories, registry, sensitivities} from '../../contract/operations.ts'
import type {Selector} from '../../contract/routes/policy.ts'
import {nearest} from './nearest.ts'

export interface Chosen {
  operations: string[]
  category?: string | undefined
  sensitivity?: string | undefined
  all?: boolean | undefined
}

const offered = [...registry].filter(([, entry]) => entry.surfaces.includes('dashboard'))
const words = {
  operation: offered.map(([name]) => name),
  category: categories.filter((name) => offered.some(([, entry]) => entry.category === name)),
  sensitivity: sensitivities,
} as const

/**
 * What a policy command speaks of: operations, or one category, or one sensitivity, or all; nothing chosen: an empty list.
 * @throws PosternError `usage` when two kinds are given, or a word is none that the dashboard offers.
 */
export function selectorsOf({operations, category, sensitivity, all}: Chosen): Selector[] {
  const kinds = [operations.length > 0, category !== undefined, sensitivity !== undefined, all === true]
  if (kinds.filter(Boolean).length > 1)
    throw new PosternError('usage', 'Choose one of: operations, --category, --sensitivity, --all.')
  if (all) return [{by: 'all'}]
  if (category !== undefined) return [{by: 'category', name: known('category', category)}]
  if (sensitivity !== undefined) return [{by: 'sensitivity', name: known('sensitivity', sensitivity)}]
  return [...new Set(operations)].map((operation) => ({by: 'operation', name: known('operation', operation)}))
}

/** `word`, if the dashboard offers such a thing. The refusal names known words only, never what was typed. */
function known<K extends keyof typeof words>(kind: K, word: string): (typeof words)[K][number] {
  if ((words[kind] as readonly string[]).includes(word)) return word
  const meant = nearest(word, words[kind])
  throw new PosternError('usage', `There is no such ${kind} on the dashboard.`, {
    next: meant === null ? `Known: ${words[kind].join(', ')}.` : `Did you mean ${meant}?`,
  })
}
