import {string as stringArg} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {nearest} from '../../contract/nearest.ts'
import {categories, registry, sensitivities} from '../../contract/operations.ts'
import type {Selector} from '../../contract/routes/policy.ts'

/** The operations that a policy command speaks of. Without `ignoreStdin`, oclif would take what is piped in for them. */
export const operationArgs = {
  operation: stringArg({multiple: true, ignoreStdin: true, description: 'Operations, as in secrets.set.'}),
}

/** A policy kept in a file. */
export const policyFileArg = {
  file: stringArg({required: true, ignoreStdin: true, description: 'Policy file (YAML); - is stdin.'}),
}

/** The ways beside operations to say what a policy change speaks of. */
export const selectorFlags = {
  category: string({helpValue: 'CATEGORY', summary: 'All operations of a category, as in secrets, later ones too.'}),
  sensitivity: string({
    helpValue: 'SENSITIVITY',
    summary: 'All operations of a sensitivity (plaintext, authority, dispatch), later ones too.',
  }),
  all: boolean({summary: 'All operations, later ones too.'}),
}

export interface Chosen {
  operation?: string[] | undefined
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
export function selectorsOf({operation = [], category, sensitivity, all}: Chosen): Selector[] {
  const kinds = [operation.length > 0, category !== undefined, sensitivity !== undefined, all === true]
  if (kinds.filter(Boolean).length > 1)
    throw new PosternError('usage', 'Choose one of: operations, --category, --sensitivity, --all.')
  if (all) return [{by: 'all'}]
  if (category !== undefined) return [{by: 'category', name: known('category', category)}]
  if (sensitivity !== undefined) return [{by: 'sensitivity', name: known('sensitivity', sensitivity)}]
  return [...new Set(operation)].map((name) => ({by: 'operation', name: known('operation', name)}))
}

/** The same, where something must be chosen. */
export function someSelectors(chosen: Chosen): Selector[] {
  const selectors = selectorsOf(chosen)
  if (selectors.length > 0) return selectors
  throw new PosternError('usage', 'Say which: operations, --category, --sensitivity or --all.')
}

/** `word`, if the dashboard offers such a thing. The refusal names known words only, never what was typed. */
export function known<K extends keyof typeof words>(kind: K, word: string): (typeof words)[K][number] {
  if ((words[kind] as readonly string[]).includes(word)) return word
  const meant = nearest(word, words[kind])
  throw new PosternError('usage', `There is no such ${kind} on the dashboard.`, {
    next: meant === null ? `Known: ${words[kind].join(', ')}.` : `Did you mean ${meant}?`,
  })
}
