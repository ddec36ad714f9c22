import * as z from 'zod/mini'
import {MAX_BULK_ITEMS, MAX_CURSOR, MAX_PAGE, MAX_PURGE_AGE} from '../limits.ts'
import {key, scope, wholeNumber} from '../names.ts'
import {wireValue} from '../value.ts'
import {valueTypes} from '../value-type.ts'

/** With `dryRun`, the server answers what would change, and changes nothing. */
export const dryRun = z.optional(z.stringbool())

export const scopeQuery = z.strictObject({scope, dryRun})

const limit = z.optional(wholeNumber(1, MAX_PAGE))
const cursor = z.optional(z.string().check(z.maxLength(MAX_CURSOR)))
export const page = {limit, cursor}

/** A version to hold the write against; 0: it must not exist. */
export const expectVersion = z.optional(z.number().check(z.int(), z.minimum(0)))

/** `type`: what the bytes are; by default a `string`. */
export const setSecretBody = z.strictObject({value: wireValue, type: z.optional(z.enum(valueTypes)), expectVersion})

/** What a write of a value answers: never the value. `length` is in bytes. */
export const written = z.object({
  key: z.string(),
  scope: z.string(),
  version: z.number(),
  length: z.number(),
  changed: z.boolean(),
  updatedAt: z.string(),
  updatedBy: z.string(),
})
export type Written = z.infer<typeof written>

/** One of many values to set at once. */
export const oneOfMany = {scope, key, value: wireValue, expectVersion}

/** Many values at once, all or none. */
export const manyOf = <T extends z.ZodMiniType>(item: T) =>
  z.strictObject({items: z.array(item).check(z.minLength(1), z.maxLength(MAX_BULK_ITEMS))})

/**
 * What a file brings in, all or none: names with a value, or without one to be declared, which leaves a name that is there
 * as it is; and names that go. Each name once.
 */
export const importBody = z.strictObject({
  items: z.array(z.strictObject({...oneOfMany, value: z.optional(wireValue)})).check(z.maxLength(MAX_BULK_ITEMS)),
  remove: z.optional(z.array(z.strictObject({scope, key, expectVersion})).check(z.maxLength(MAX_BULK_ITEMS))),
})

/** What came of it, in the order of what was asked: those that go last, with how many secrets refer to each. */
export const imported = z.object({
  changed: z.number(),
  unchanged: z.number(),
  items: z.array(
    z.object({
      scope: z.string(),
      key: z.string(),
      version: z.number(),
      changed: z.boolean(),
      did: z.enum(['set', 'declare', 'remove']),
      referencedBy: z.number(),
    }),
  ),
})

/** The scopes that an import names. */
export const scopesOfImport = ({body: {items, remove = []}}: {body: z.infer<typeof importBody>}): string[] => [
  ...new Set([...items, ...remove].map((item) => item.scope)),
]

/** The scopes that many values name. */
export const scopesOfMany = ({body}: {body: {items: readonly {scope: string}[]}}): string[] => [
  ...new Set(body.items.map((item) => item.scope)),
]

/** What changed, in the order of what was asked. */
export const writtenMany = z.object({
  changed: z.number(),
  unchanged: z.number(),
  items: z.array(z.object({scope: z.string(), key: z.string(), version: z.number(), changed: z.boolean()})),
})

/** What a list shows of a secret or variable. `version` 0 and `length` null: declared, without a value yet. */
export const listed = z.object({
  key: z.string(),
  scope: z.string(),
  version: z.number(),
  length: z.nullable(z.number()),
  updatedAt: z.string(),
  updatedBy: z.string(),
})

export const deleted = z.object({key: z.string(), scope: z.string(), version: z.number(), changed: z.boolean()})

/** A page of a list, which may be empty and yet have a next; `nextCursor` null: it was the last. */
export const pageOf = <T extends z.ZodMiniType>(item: T) =>
  z.object({items: z.array(item), nextCursor: z.nullable(z.string())})

/** A list names a scope only where it is asked for that one alone; else its noun keeps to the visible ones. */
export const listedIn = ({query}: {query: {scope?: string | undefined; recursive?: boolean | undefined}}): string[] =>
  query.scope === undefined || query.recursive === true ? [] : [query.scope]

/** A version of a value, never the value. `current` is what readers get, `deleted` what a restore brings back. */
export const version = z.object({
  version: z.number(),
  length: z.number(),
  createdAt: z.string(),
  createdBy: z.string(),
  /** What its bytes are. */
  type: z.enum(valueTypes),
  state: z.enum(['current', 'superseded', 'deleted']),
})
export type Version = z.infer<typeof version>

/** `to`: the version whose value a new version gets. */
export const rollbackBody = z.strictObject({to: z.number().check(z.int(), z.minimum(1)), expectVersion})

/** What a restore answers. `version` 0 and `length` null: it had no value when it was deleted. */
export const restored = z.extend(listed, {changed: z.boolean()})
export type Restored = z.infer<typeof restored>

export const purgeQuery = z.strictObject({scope: z.optional(scope), key: z.optional(key), ...page, dryRun})

/** `olderThan`: seconds since the deletion. `versions`: what was superseded that long ago goes too. */
export const purgeBody = z.strictObject({
  olderThan: z.number().check(z.int(), z.minimum(0), z.maximum(MAX_PURGE_AGE)),
  versions: z.optional(z.boolean()),
})

/**
 * Whether no byte of what went for good is left in the store's files. False: something else reads them just now; the server
 * erases it once that ends.
 */
export const erased = z.boolean()

/** `versions`: how many went. `referencedBy`: how many secrets refer to the name. `deletedAt` null: the name is live, and lost superseded versions alone. */
export const purged = z.extend(
  pageOf(
    z.object({
      scope: z.string(),
      key: z.string(),
      versions: z.number(),
      deletedAt: z.nullable(z.string()),
      referencedBy: z.number(),
    }),
  ),
  {changed: z.boolean(), erased},
)
export type Purged = z.infer<typeof purged>
