import * as z from 'zod/mini'

/** A segment of a scope, and an organization's name: never `.` or `..`, compared byte by byte. */
const SEGMENT = '[A-Za-z0-9_][A-Za-z0-9._-]*'

const orgPattern = new RegExp(`^${SEGMENT}$`)
const scopePattern = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,15}$`)
const keyPattern = /^[A-Za-z_][A-Za-z0-9_]*$/

export const ORG_RULE =
  'one segment of letters, digits, ".", "_" or "-" that begins with a letter, digit or "_", at most 63 characters'
export const SCOPE_RULE =
  'up to 16 segments parted by "/", each of letters, digits, ".", "_" or "-" and beginning with a letter, digit or "_", at most 255 bytes'
export const KEY_RULE = 'letters, digits and "_", not beginning with a digit, at most 255 characters'

export const org = z.string().check(z.maxLength(63), z.regex(orgPattern))
export const scope = z.string().check(z.maxLength(255), z.regex(scopePattern))
export const key = z.string().check(z.maxLength(255), z.regex(keyPattern))

/** Text that people write beside a change (a reason, a label): no control characters, at most 500 characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
export const note = z.string().check(z.minLength(1), z.maxLength(500), z.regex(/^[^\u0000-\u001f\u007f-\u009f]*$/))

/** A request's id, made by the client; it is the idempotency key of a write. */
export const requestId = z.string().check(z.regex(/^[A-Za-z0-9_-]{8,64}$/))

export const isOrg = (text: string): boolean => org.safeParse(text).success
export const isScope = (text: string): boolean => scope.safeParse(text).success
export const isKey = (text: string): boolean => key.safeParse(text).success
export const isNote = (text: string): boolean => note.safeParse(text).success
