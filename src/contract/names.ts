import * as z from 'zod/mini'
import {MAX_REQUEST_ID, MAX_TIME, MIN_REQUEST_ID} from './limits.ts'
import {
  cidrPattern,
  keyPattern,
  MAX_KEY,
  MAX_NOTE,
  MAX_OPERATION,
  MAX_ORG,
  MAX_SCOPE,
  MAX_SEARCH,
  namePatternPattern,
  notePattern,
  operationPattern,
  orgPattern,
  scopePattern as scopeForm,
} from './name-rules.ts'
import {scopePatternPattern} from './scope-pattern.ts'

export const org = z.string().check(z.maxLength(MAX_ORG), z.regex(orgPattern))
export const scope = z.string().check(z.maxLength(MAX_SCOPE), z.regex(scopeForm))
export const key = z.string().check(z.maxLength(MAX_KEY), z.regex(keyPattern))

/** Text that people write beside a change (a reason, a label). */
export const note = z.string().check(z.minLength(1), z.maxLength(MAX_NOTE), z.regex(notePattern))

/** A request's id, made by the client; it is the idempotency key of a write. */
export const requestId = z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${MIN_REQUEST_ID},${MAX_REQUEST_ID}}$`)))

export const operationName = z.string().check(z.maxLength(MAX_OPERATION), z.regex(operationPattern))

/** The name of a token or a role: one segment. */
export const name = z.string().check(z.maxLength(MAX_ORG), z.regex(orgPattern))

export const scopePattern = z.string().check(z.maxLength(MAX_SCOPE), z.regex(scopePatternPattern))
export const cidr = z.string().check(z.regex(cidrPattern))

/** A point in time: UTC, ISO 8601. Without a limit, a fraction of a second could have a million digits. */
export const time = z.iso.datetime().check(z.maxLength(MAX_TIME))

/** A whole number of a query: digits alone, since JavaScript takes `0x10`, `1e1`, a blank and nothing for numbers too. */
export const wholeNumber = (fewest: number, most = Number.MAX_SAFE_INTEGER) =>
  z.pipe(
    z
      .string()
      .check(z.regex(/^(0|[1-9]\d{0,15})$/))
      .register(z.globalRegistry, {type: 'integer', minimum: fewest, maximum: most}),
    z.pipe(z.transform(Number), z.number().check(z.int(), z.minimum(fewest), z.maximum(most))),
  )

export const namePattern = z.string().check(z.maxLength(MAX_SEARCH), z.regex(namePatternPattern))
