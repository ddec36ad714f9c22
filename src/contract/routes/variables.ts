import * as z from 'zod/mini'
import {MAX_BULK_BODY_BYTES} from '../limits.ts'
import {namePattern, scope} from '../names.ts'
import {disclose, read, write} from '../route.ts'
import {plainValue, wireValue} from '../value.ts'
import {found, readingsSince, usage} from './facts.ts'
import {
  deleted,
  dryRun,
  expectVersion,
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
  scopesOfMany,
  version,
  written,
  writtenMany,
} from './shared.ts'

const surfaces = ['cli', 'dashboard'] as const

export const variablesList = read('/orgs/:org/variables', {
  surfaces,
  reach: listedIn,
  permission: 'variables.list',
  summary: 'List the names of variables',
  query: z.strictObject({scope: z.optional(scope), match: z.optional(namePattern), ...usage, ...page}),
  reply: z.extend(pageOf(z.extend(listed, {locked: z.boolean(), lastReadAt: found.shape.lastReadAt})), {readingsSince}),
})

export const variablesGet = disclose('GET', '/orgs/:org/variables/:key', {
  surfaces,
  reach: 'scope',
  permission: 'variables.read',
  discloses: 'variables.get',
  summary: 'Read a variable',
  query: z.strictObject({scope}),
  reply: z.extend(written, {locked: z.boolean(), value: plainValue}),
})

/** Not below `variables/`: every key is a name there. */
export const variablesReveal = disclose('GET', '/orgs/:org/variable-values', {
  surfaces,
  reach: 'scope',
  permission: 'variables.read',
  discloses: 'variables.reveal',
  many: true,
  summary: 'Read the variables of a scope, all that have a value',
  query: z.strictObject({scope}),
  reply: z.object({
    scope: z.string(),
    items: z.array(z.object({key: z.string(), version: z.number(), value: plainValue})),
  }),
})

export const variablesSet = write('PUT', '/orgs/:org/variables/:key', {
  surfaces,
  reach: 'scope',
  operation: 'variables.set',
  values: 'variable',
  summary: 'Set a variable',
  query: scopeQuery,
  body: z.strictObject({value: wireValue, expectVersion, locked: z.optional(z.boolean())}),
  reply: z.extend(written, {locked: z.boolean()}),
})

export const variablesSetMany = write('PUT', '/orgs/:org/variables', {
  surfaces: ['cli'],
  reach: scopesOfMany,
  operation: 'variables.set',
  values: 'variable',
  summary: 'Set many variables at once, all or none',
  bodyLimit: MAX_BULK_BODY_BYTES,
  query: z.strictObject({dryRun}),
  body: manyOf(z.strictObject({...oneOfMany, locked: z.optional(z.boolean())})),
  reply: writtenMany,
})

export const variablesDelete = write('DELETE', '/orgs/:org/variables/:key', {
  surfaces,
  reach: 'scope',
  operation: 'variables.delete',
  summary: 'Delete a variable',
  query: scopeQuery,
  reply: deleted,
})

export const variablesHistory = read('/orgs/:org/variables/:key/history', {
  surfaces,
  reach: 'scope',
  permission: 'variables.list',
  summary: 'List the versions of a variable, the newest first, never a value',
  query: z.strictObject({scope, ...page}),
  reply: pageOf(version),
})

export const variablesRollback = write('POST', '/orgs/:org/variables/:key/rollback', {
  surfaces,
  reach: 'scope',
  operation: 'variables.rollback',
  summary: 'Write a new version of a variable with the value of an earlier one',
  query: scopeQuery,
  body: rollbackBody,
  reply: written,
})

export const variablesRestore = write('POST', '/orgs/:org/variables/:key/restore', {
  surfaces,
  reach: 'scope',
  operation: 'variables.restore',
  summary: 'Restore a deleted variable',
  query: scopeQuery,
  reply: restored,
})

export const variablesPurge = write('POST', '/orgs/:org/variables/purge', {
  surfaces: ['cli'],
  reach: listedIn,
  operation: 'variables.purge',
  summary: 'End for good the variables that were deleted long ago',
  query: purgeQuery,
  body: purgeBody,
  reply: purged,
})
