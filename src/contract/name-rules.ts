/** A segment of a scope, and the name of an organization, a token, a role: never `.` or `..`, compared byte by byte. */
export const SEGMENT = '[A-Za-z0-9_][A-Za-z0-9._-]*'

/** The most segments of a scope. */
export const MAX_SEGMENTS = 16

/** Not `__proto__`: what is kept by organization, as a client's last audit head is, would not be kept of that one. */
export const orgPattern = new RegExp(`^(?!__proto__$)${SEGMENT}$`)
export const scopePattern = new RegExp(`^${SEGMENT}(?:/${SEGMENT}){0,${MAX_SEGMENTS - 1}}$`)
export const keyPattern = /^[A-Za-z_][A-Za-z0-9_]*$/
/**
 * A line of text, without control characters, what ends a line or turns its direction, and half a surrogate. It says the
 * same with the flag `u` and without, for those who read it in the OpenAPI document.
 */
const LINE =
  '(?:[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])+'
export const notePattern = new RegExp(`^${LINE}$`)
/** `NAME=VALUE` of a tag, or its name alone. */
export const tagPattern = new RegExp(`^${SEGMENT}(?:=${LINE})?$`)

/** What a search for names may hold: their characters, `*` for any text, `?` for one character. */
export const namePatternPattern = /^[A-Za-z0-9._/*?-]+$/
export const NAME_PATTERN_RULE =
  'a part of a name, or a name in which * stands for any text and ? for one character; with "/", of SCOPE/KEY; at most 64 characters'

export const MAX_ORG = 63
export const MAX_SCOPE = 255
export const MAX_KEY = 255
/** The most characters of a search: to hold one against a name takes time by the product of both lengths. */
export const MAX_SEARCH = 64
export const MAX_NOTE = 500
export const MAX_TAG = MAX_ORG + 1 + MAX_NOTE

export const ORG_RULE =
  'one segment of letters, digits, ".", "_" or "-" that begins with a letter, digit or "_", at most 63 characters, and not "__proto__"'
export const SCOPE_RULE =
  'up to 16 segments parted by "/", each of letters, digits, ".", "_" or "-" and beginning with a letter, digit or "_", at most 255 bytes'
export const KEY_RULE = 'letters, digits and "_", not beginning with a digit, at most 255 characters'

export const NOTE_RULE = 'a line of 1 to 500 characters without control characters'

/** The name of an operation, the server's own too. */
export const operationPattern = /^[a-z]+\.[a-z]+(?:-[a-z]+)*$/
export const MAX_OPERATION = 64
export const OPERATION_RULE = 'the name of an operation, as in secrets.set'

/** A CIDR block's form; whether it is one says whoever uses it. */
export const cidrPattern = /^[0-9A-Fa-f.:]{2,45}\/\d{1,3}$/

/** By which a session of the dashboard is named: the beginning of its hash, in hex. */
export const sessionPattern = /^[0-9a-f]{16}$/
export const SESSION_RULE = '16 hex digits, as session list shows them'

export const isOrg = (text: string): boolean => text.length <= MAX_ORG && orgPattern.test(text)
export const isScope = (text: string): boolean => text.length <= MAX_SCOPE && scopePattern.test(text)
export const isKey = (text: string): boolean => text.length <= MAX_KEY && keyPattern.test(text)
export const isSession = (text: string): boolean => sessionPattern.test(text)
export const isNote = (text: string): boolean => text.length <= MAX_NOTE && notePattern.test(text)
export const isNamePattern = (text: string): boolean => text.length <= MAX_SEARCH && namePatternPattern.test(text)
export const isOperation = (text: string): boolean => text.length <= MAX_OPERATION && operationPattern.test(text)
