import {isKey} from '../../contract/name-rules.ts'

/** What a file says of a key, and the line that it begins on, from 1. */
export interface FileEntry {
  key: string
  text: string
  line: number
}

/** Why a line cannot be taken: the rest of a sentence that begins with its number. It repeats nothing of the line. */
export interface WrongLine {
  line: number
  why: string
}

/** What a text holds; `entries` are what could be read of it, where nothing is wrong all of it. */
export interface ParsedFile {
  entries: FileEntry[]
  wrong: WrongLine[]
  /** What is worth a word. */
  notes: string[]
}

/** What is wrong with keys in any format: a name that may not be, and one that is there twice. */
export function wrongKeys(entries: readonly FileEntry[]): WrongLine[] {
  const first = new Map<string, number>()
  return entries.flatMap(({key, line}) => {
    if (!isKey(key)) return [{line, why: 'has a key that may not be one: letters, digits and "_", not a digit first'}]
    const before = first.get(key)
    if (before !== undefined) return [{line, why: `has the key of line ${before}`}]
    first.set(key, line)
    return []
  })
}
