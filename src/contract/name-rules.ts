/** A segment of a scope, and the name of an organization, a token, a role: never `.` or `..`, compared byte by byte. */
export const SEGMENT = '[A-Za-z0-9_][A-Za-z0-9._-]*'

export const orgPattern = new RegExp(`^${SEGMENT}$`)
export const scopePattern = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,15}$`)
export const keyPattern = /^[A-Za-z_][A-Za-z0-9_]*$/
/** No control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
export const notePattern = /^[^\u0000-\u001f\u007f-\u009f]+$/

/** What a search for names may hold: their characters, `*` for any text, `?` for one character. */
export const namePatternPattern = /^[A-Za-z0-9._/*?-]+$/
export const NAME_PATTERN_RULE =
  'a part of a name, or a name in which * stands for any text and ? for one character; with "/", of SCOPE/KEY'

export const MAX_ORG = 63
export const MAX_SCOPE = 255
export const MAX_KEY = 255
export const MAX_NOTE = 500

export const ORG_RULE =
  'one segment of letters, digits, ".", "_" or "-" that begins with a letter, digit or "_", at most 63 characters'
export const SCOPE_RULE =
  'up to 16 segments parted by "/", each of letters, digits, ".", "_" or "-" and beginning with a letter, digit or "_", at most 255 bytes'
export const KEY_RULE = 'letters, digits and "_", not beginning with a digit, at most 255 characters'

export const NOTE_RULE = 'a line of 1 to 500 characters without control characters'

/** A CIDR block's form; whether it is one says whoever uses it. */
export const cidrPattern = /^[0-9A-Fa-f.:]{2,45}\/\d{1,3}$/

export const isOrg = (text: string): boolean => text.length <= MAX_ORG && orgPattern.test(text)
export const isScope = (text: string): boolean => text.length <= MAX_SCOPE && scopePattern.test(text)
export const isKey = (text: string): boolean => text.length <= MAX_KEY && keyPattern.test(text)
export const isNote = (text: string): boolean => text.length <= MAX_NOTE && notePattern.test(text)
export const isNamePattern = (text: string): boolean => text.length <= MAX_SCOPE && namePatternPattern.test(text)
