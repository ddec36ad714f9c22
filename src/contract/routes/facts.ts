import * as z from 'zod/mini'
import {MAX_LIST_DAYS, MAX_ROTATE_DAYS} from '../limits.ts'
import {MAX_TAG, tagPattern} from '../name-rules.ts'
import {name, note, time, wholeNumber} from '../names.ts'

/** What is true of a secret beside its value, as people said it. */
export const facts = z.object({
  owner: z.nullable(z.string()),
  note: z.nullable(z.string()),
  expiresAt: z.nullable(z.string()),
  rotateDays: z.nullable(z.number()),
  tags: z.record(z.string(), z.string()),
})
export type Facts = z.infer<typeof facts>

/** A change of facts: what is left out stays, null takes away. */
export const factsBody = z.strictObject({
  owner: z.optional(z.nullable(note)),
  note: z.optional(z.nullable(note)),
  expiresAt: z.optional(z.nullable(time)),
  rotateDays: z.optional(z.nullable(z.number().check(z.int(), z.minimum(1), z.maximum(MAX_ROTATE_DAYS)))),
  tags: z.optional(z.record(name, z.nullable(note))),
})
export type FactsBody = z.infer<typeof factsBody>

/** What the server adds: when rotation is due (counted from when the value was set), and the last reading in the audit log. */
export const found = z.object({
  rotateDueAt: z.nullable(z.string()),
  lastReadAt: z.nullable(z.string()),
})

/** From when on the audit log has every reading; null: from the beginning. What was before was archived and pruned. */
export const readingsSince = z.nullable(z.string())

const days = (fewest: number) => z.optional(wholeNumber(fewest, MAX_LIST_DAYS))

/** What narrows a list of names to those of a scope and below, or to those that nobody reads. */
export const usage = {
  recursive: z.optional(z.stringbool()),
  /** Those that were deleted and can be restored, in place of those that are there. */
  deleted: z.optional(z.stringbool()),
  /** Neither read nor set for so many days. */
  unusedDays: days(1),
}

/** What narrows a list of secrets by their facts. */
export const factFilters = {
  /** Expired, or expiring within so many days. */
  expiringDays: days(0),
  overdue: z.optional(z.stringbool()),
  /** `NAME=VALUE`, or `NAME` with any value. */
  tag: z.optional(z.string().check(z.maxLength(MAX_TAG), z.regex(tagPattern))),
}
