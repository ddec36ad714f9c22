import {Buffer} from 'node:buffer'
import {isKey, isOrg, isScope} from '../../contract/name-rules.ts'
import {Refused} from '../gate/refused.ts'

/** What each part of a cursor is, in its order. */
type Forms = readonly ((part: string) => boolean)[]

export const byScopeAndKey: Forms = [isScope, isKey]
export const byScope: Forms = [isScope]
export const byName: Forms = [isOrg]
export const byVersion: Forms = [(part) => /^[1-9]\d{0,14}$/.test(part)]

export const NO_CURSOR = 'The cursor is not one that a page gave.'

/** Where the next page begins: opaque to clients. */
export const writeCursor = (parts: readonly string[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

/** The parts of a cursor; null: no page gave it. */
export function partsOf(cursor: string, forms: Forms): string[] | null {
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown
    const right =
      Array.isArray(parts) &&
      parts.length === forms.length &&
      parts.every((part, at) => typeof part === 'string' && forms[at]!(part)) &&
      writeCursor(parts) === cursor
    return right ? parts : null
  } catch {
    return null
  }
}

/** The parts of a cursor. @throws Refused `malformed` for what no page gave. */
export function readCursor(cursor: string, forms: Forms): string[] {
  const parts = partsOf(cursor, forms)
  if (parts === null) throw new Refused('malformed', NO_CURSOR)
  return parts
}
