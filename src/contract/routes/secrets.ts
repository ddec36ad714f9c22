import * as z from 'zod/mini'
import {COMPARES_PER_MINUTE, MAX_BULK_BODY_BYTES, MAX_CANDIDATES, MAX_COPIED} from '../limits.ts'
import {key, namePattern, scope} from '../names.ts'
import {disclose, read, write} from '../route.ts'
import {plainValue} from '../value.ts'
import {valueTypes} from '../value-type.ts'
import {factFilters, facts, factsBody, found, readingsSince, usage} from './facts.ts'
import {
  deleted,
  dryRun,
  importBody,
  imported,
  listed,
  listedIn,
  manyOf,
  oneOfMany,
  page,
  pageOf,
  purgeBody,
  purged,
  purgeQuery,
  restored,
  rollbackBody,
  scopeQuery,
  scopesOfImport,
  scopesOfMany,
  setSecretBody,
  version,
  written,
  writtenMany,
} from './shared.ts'

const surfaces = ['cli', 'dashboard'] as const

/** What the bytes of its value are; null: it has none. An older server does not say. */
const type = z.optional(z.nullable(z.enum(valueTypes)))

export const secretsList = read('/orgs/:org/secrets', {
  surfaces,
  reach: listedIn,
  permission: 'secrets.list',
  summary: 'List the names of secrets',
  query: z.strictObject({
    scope: z.optional(scope),
    missing: z.optional(z.stringbool()),
    match: z.optional(namePattern),
    ...usage,
    ...factFilters,
    ...page,
  }),
  reply: z.extend(pageOf(z.extend(listed, {...facts.shape, ...found.shape, type})), {readingsSince}),
})

export const secretsSet = write('PUT', '/orgs/:org/secrets/:key', {
  surfaces,
  reach: 'scope',
  operation: 'secrets.set',
  values: 'secret',
  summary: 'Set a secret',
  query: scopeQuery,
  body: setSecretBody,
  reply: written,
})

export const secretsDeclare = write('POST', '/orgs/:org/secrets/:key/declare', {
  surfaces,
  reach: 'scope',
  operation: 'secrets.declare',
  summary: 'Declare a secret without a value',
  query: scopeQuery,
  reply: z.object({key: z.string(), scope: z.string(), version: z.number(), changed: z.boolean()}),
})

export const secretsSetMany = write('PUT', '/orgs/:org/secrets', {
  surfaces: ['cli'],
  reach: scopesOfMany,
  operation: 'secrets.set',
  values: 'secret',
  summary: 'Set many secrets at once, all or none',
  bodyLimit: MAX_BULK_BODY_BYTES,
  query: z.strictObject({dryRun}),
  body: manyOf(z.strictObject(oneOfMany)),
  reply: writtenMany,
})

export const secretsImport = write('POST', '/orgs/:org/secrets/import', {
  surfaces: ['cli'],
  reach: scopesOfImport,
  operation: 'secrets.import',
  values: 'secret',
  summary: 'Set, declare and delete many secrets at once, all or none; to delete needs secrets.delete, too',
  bodyLimit: MAX_BULK_BODY_BYTES,
  query: z.strictObject({dryRun}),
  body: importBody,
  reply: imported,
})

/** Who may read the scope that secrets come to reads them: so the permission is needed on both. */
const bothScopes = ({query, body}: {query: {scope: string}; body: {to: string}}) => [query.scope, body.to]
const severalKeys = z.array(key).check(z.minLength(1), z.maxLength(MAX_COPIED))

export const secretsCopy = write('POST', '/orgs/:org/secrets/copy', {
  surfaces: ['cli'],
  reach: bothScopes,
  operation: 'secrets.copy',
  summary:
    'Copy secrets to another scope, all or none, without revealing them; to write there needs secrets.write, too',
  query: scopeQuery,
  body: z.strictObject({
    to: scope,
    keys: severalKeys,
    /** A name that has another value there gets a version more; else it is a conflict. */
    overwrite: z.optional(z.boolean()),
  }),
  reply: z.object({
    scope: z.string(),
    to: z.string(),
    changed: z.boolean(),
    /** `same`: the value was there already. An older server does not say. */
    items: z.array(z.object({key: z.string(), version: z.number(), length: z.number(), same: z.optional(z.boolean())})),
  }),
})

export const secretsMove = write('POST', '/orgs/:org/secrets/move', {
  surfaces: ['cli'],
  reach: bothScopes,
  operation: 'secrets.move',
  summary:
    'Move secrets to another scope with all their versions and facts, all or none; it needs secrets.write and secrets.delete, too',
  query: scopeQuery,
  body: z.strictObject({to: scope, keys: severalKeys}),
  reply: z.object({
    scope: z.string(),
    to: z.string(),
    changed: z.boolean(),
    items: z.array(
      z.object({
        key: z.string(),
        version: z.number(),
        /** How many secrets refer to it by its old name, and cannot be resolved by it any more. */
        referencedBy: z.number(),
      }),
    ),
  }),
})

export const secretsDiff = disclose('POST', '/orgs/:org/secrets/diff', {
  surfaces: ['cli'],
  reach: 'scope',
  permission: 'secrets.write',
  discloses: 'secrets.diff',
  perMinute: COMPARES_PER_MINUTE,
  summary: 'Say of each candidate whether it is the value that is stored: nothing else of a stored value',
  query: z.strictObject({scope}),
  body: z.strictObject({
    /** Of a candidate its SHA-256 alone comes here, in lower-case hex. */
    items: z
      .array(z.strictObject({key, sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/))}))
      .check(z.minLength(1), z.maxLength(MAX_CANDIDATES)),
  }),
  reply: z.object({
    scope: z.string(),
    /** In the order of the candidates. `version` 0: the name is not there, or has no value. */
    items: z.array(z.object({key: z.string(), state: z.enum(['same', 'different', 'absent']), version: z.number()})),
  }),
})

export const secretsDelete = write('DELETE', '/orgs/:org/secrets/:key', {
  surfaces,
  reach: 'scope',
  operation: 'secrets.delete',
  summary: 'Delete a secret',
  query: scopeQuery,
  /** `referencedBy`: how many secrets refer to it, which cannot be resolved until it is there again. */
  reply: z.extend(deleted, {referencedBy: z.number()}),
})

export const secretsReferences = read('/orgs/:org/secrets/:key/references', {
  surfaces,
  reach: 'scope',
  permission: 'secrets.list',
  summary: 'List the secrets that refer to a secret, by its name or by its id',
  query: z.strictObject({scope}),
  reply: z.object({
    /** By which it can be referred to, whatever its name: `${secret.id:7}`. */
    id: z.number(),
    items: z.array(z.object({scope: z.string(), key: z.string(), field: z.nullable(z.string())})),
  }),
})

export const secretsReveal = disclose('GET', '/orgs/:org/secrets/reveal', {
  surfaces: ['cli'],
  reach: 'scope',
  permission: 'secrets.reveal',
  discloses: 'secrets.reveal',
  many: true,
  summary: 'Give the values of the secrets of a scope, or of one of them, as their readers get them',
  query: z.strictObject({scope, key: z.optional(key)}),
  reply: z.object({
    scope: z.string(),
    items: z.array(
      z.object({
        key: z.string(),
        version: z.number(),
        type: z.enum(['string', 'file', 'fields', 'totp']),
        value: plainValue,
      }),
    ),
  }),
})

export const secretsTotp = disclose('GET', '/orgs/:org/secrets/:key/totp', {
  surfaces: ['cli'],
  reach: 'scope',
  permission: 'secrets.reveal',
  discloses: 'secrets.totp',
  summary: 'Give the code of the moment of a secret that is a totp; never what makes it',
  query: z.strictObject({scope}),
  /** In seconds. */
  reply: z.object({code: z.string(), remaining: z.number(), period: z.number()}),
})

export const secretsHistory = read('/orgs/:org/secrets/:key/history', {
  surfaces,
  reach: 'scope',
  permission: 'secrets.list',
  summary: 'List the versions of a secret, the newest first, never a value',
  query: z.strictObject({scope, ...page}),
  reply: pageOf(version),
})

export const secretsRollback = write('POST', '/orgs/:org/secrets/:key/rollback', {
  surfaces,
  reach: 'scope',
  operation: 'secrets.rollback',
  summary: 'Write a new version of a secret with the value of an earlier one',
  query: scopeQuery,
  body: rollbackBody,
  reply: written,
})

export const secretsRestore = write('POST', '/orgs/:org/secrets/:key/restore', {
  surfaces,
  reach: 'scope',
  operation: 'secrets.restore',
  summary: 'Restore a deleted secret',
  query: scopeQuery,
  reply: restored,
})

export const secretsFacts = read('/orgs/:org/secrets/:key/facts', {
  surfaces,
  reach: 'scope',
  permission: 'secrets.list',
  summary: 'Show the facts about a secret',
  query: z.strictObject({scope}),
  reply: z.extend(listed, {...facts.shape, ...found.shape, type, lastReadBy: z.nullable(z.string()), readingsSince}),
})

export const secretsDescribe = write('POST', '/orgs/:org/secrets/:key/facts', {
  surfaces,
  reach: 'scope',
  operation: 'secrets.describe',
  summary: 'Change the facts about a secret',
  query: scopeQuery,
  body: factsBody,
  reply: z.extend(facts, {key: z.string(), scope: z.string(), version: z.number(), changed: z.boolean()}),
})

export const secretsPurge = write('POST', '/orgs/:org/secrets/purge', {
  surfaces: ['cli'],
  reach: listedIn,
  operation: 'secrets.purge',
  summary: 'End for good the secrets that were deleted long ago',
  query: purgeQuery,
  body: purgeBody,
  reply: purged,
})
