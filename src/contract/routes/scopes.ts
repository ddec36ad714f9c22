import * as z from 'zod/mini'
import {COMPARES_PER_MINUTE} from '../limits.ts'
import {scope} from '../names.ts'
import {disclose, read, write} from '../route.ts'
import {dryRun, page, pageOf, scopeQuery} from './shared.ts'

const surfaces = ['cli', 'dashboard'] as const

export const scopesList = read('/orgs/:org/scopes', {
  surfaces,
  reach: 'listed',
  permission: 'scopes.list',
  summary: 'List the scopes and how much each holds',
  query: z.strictObject(page),
  reply: pageOf(z.object({scope: z.string(), secrets: z.number(), variables: z.number()})),
})

export const scopesCreate = write('POST', '/orgs/:org/scopes', {
  surfaces,
  reach: 'scope',
  operation: 'scopes.create',
  summary: 'Create an empty scope',
  query: scopeQuery,
  reply: z.object({scope: z.string(), changed: z.boolean()}),
})

/** What a rename or a deletion went over: a scope and all below it. */
const extent = {scopes: z.number(), secrets: z.number(), variables: z.number()}

export const scopesRename = write('POST', '/orgs/:org/scopes/rename', {
  surfaces,
  reach: ({query, body}: {query: {scope: string}; body: {to: string}}) => [`${query.scope}/**`, `${body.to}/**`],
  operation: 'scopes.rename',
  summary: 'Rename a scope and all below it',
  query: scopeQuery,
  body: z.strictObject({to: scope}),
  reply: z.object({
    scope: z.string(),
    to: z.string(),
    ...extent,
    /** How many versions were sealed anew. */
    versions: z.number(),
    /** How many tokens are bound to what had the old name; their patterns stay as they are. */
    tokensLeft: z.number(),
    /** How many secrets refer to one in it by its name, and cannot be resolved by it any more. */
    referencedBy: z.number(),
    changed: z.boolean(),
  }),
})

export const scopesDelete = write('DELETE', '/orgs/:org/scopes', {
  surfaces,
  reach: ({query}: {query: {scope: string; recursive?: boolean | undefined}}) => [
    query.recursive === true ? `${query.scope}/**` : query.scope,
  ],
  operation: 'scopes.delete',
  summary: 'Delete a scope; with `recursive`, all that it holds and all below it too',
  query: z.strictObject({scope, recursive: z.optional(z.stringbool()), dryRun}),
  /** `referencedBy`: how many secrets refer to one in it by its name. */
  reply: z.object({scope: z.string(), ...extent, referencedBy: z.number(), changed: z.boolean()}),
})

export const scopesCompare = disclose('GET', '/orgs/:org/scopes/compare', {
  surfaces,
  reach: ({query}: {query: {scope: string; with: string}}) => [query.scope, query.with],
  permission: 'scopes.compare',
  discloses: 'scopes.compare',
  perMinute: COMPARES_PER_MINUTE,
  summary: 'Say which names of two scopes have the same value, and which are missing where',
  query: z.strictObject({scope, with: scope}),
  reply: z.object({
    scope: z.string(),
    with: z.string(),
    items: z.array(
      z.object({
        kind: z.enum(['secret', 'variable']),
        key: z.string(),
        state: z.enum(['same', 'different', 'missing']),
        /** The scopes that do not have it, or have it without a value. */
        missingIn: z.array(z.string()),
      }),
    ),
  }),
})
