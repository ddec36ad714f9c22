import {NOTE_RULE} from '../../contract/name-rules.ts'

/** Where in a file: the path to a value, and one of its keys. */
export interface Place {
  path: readonly PropertyKey[]
  key: string | null
}

interface Issue {
  code?: string | undefined
  path: readonly PropertyKey[]
  keys?: readonly string[]
  errors?: readonly (readonly Issue[])[]
}

/** Where a schema was broken, as deep as it can be said: of a choice, the branch that was all but right. */
export function deepest({code, path, keys, errors = []}: Issue): Place {
  const [nearest] = errors
    .filter((branch) => branch.length > 0)
    .map((branch) => ({size: branch.length, place: deepest(branch[0]!)}))
    .sort((a, b) => a.size - b.size || b.place.path.length - a.place.path.length)
  if (nearest !== undefined && (nearest.place.path.length > 0 || nearest.place.key !== null))
    return {...nearest.place, path: [...path, ...nearest.place.path]}
  return {path, key: code === 'unrecognized_keys' ? (keys?.[0] ?? null) : null}
}

/** What should stand there. It repeats nothing of what does. */
export function sentenceFor({path, key}: Place, version: unknown): string {
  const [top, index, word] = path
  if (top === 'version' || (top === undefined && version !== 1))
    return typeof version === 'number' && version > 1
      ? 'its version is one that this Postern does not know; a newer one does'
      : 'it begins with "version: 1"'
  if (top === undefined)
    return key === null ? 'it has "version" and "rules"' : 'it has "version" and "rules", nothing else'
  if (index === undefined) return '"rules" is a list of at most 200 rules'
  if (word === 'reason') return `"reason" is ${NOTE_RULE}`
  if (word === undefined) return 'a rule is "lock" or "unlock", and "reason" if you like'
  return `"${String(word)}" takes one of "operation: NAME", "category: NAME", "sensitivity: NAME", "all: true"`
}
