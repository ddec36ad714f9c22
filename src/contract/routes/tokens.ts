import * as z from 'zod/mini'
import {cidr, name, scopePattern, time} from '../names.ts'
import {read, write} from '../route.ts'
import {environment, host, labels} from './environments.ts'
import {dryRun, page, pageOf} from './shared.ts'

/** A token as lists show it: never what signs in. */
const token = z.object({
  name: z.string(),
  role: z.string(),
  /** The scope patterns that it is bound to; null: the whole organization. */
  scopes: z.nullable(z.array(z.string())),
  /** The CIDR blocks that it may come from; null: anywhere. */
  cidrs: z.nullable(z.array(z.string())),
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.nullable(z.string()),
  revokedAt: z.nullable(z.string()),
  /** Cut to the minute, and never before it was made; null: never used. */
  lastUsedAt: z.nullable(z.string()),
  /** The environment of a workload's token (null: it was deleted), and what is said of the workload; null: it is no workload's. */
  workload: z.nullable(
    z.object({
      environment: z.nullable(z.string()),
      host: z.nullable(z.string()),
      labels: z.record(z.string(), z.string()),
    }),
  ),
  /** It is a person, who signs in at the provider of single sign-on and has no token. */
  person: z.optional(z.literal(true)),
})
export type ShownToken = z.infer<typeof token>

/** With the token itself, which is given once; null: it was a trial, and there is none. */
const withToken = z.extend(token, {token: z.nullable(z.string())})

const bound = <T extends z.ZodMiniType>(item: T) =>
  z.optional(z.array(item).check(z.minLength(1), z.maxLength(MAX_BOUND)))

/** The most scope patterns, and the most CIDR blocks, that a token may be bound to. */
export const MAX_BOUND = 50

export const tokensList = read('/orgs/:org/tokens', {
  surfaces: ['cli', 'dashboard'],
  reach: 'listed',
  permission: 'tokens.list',
  summary: 'List tokens by name; never what signs in',
  query: z.strictObject({revoked: z.optional(z.stringbool()), ...page}),
  reply: pageOf(token),
})

export const tokensCreate = write('POST', '/orgs/:org/tokens', {
  surfaces: ['cli'],
  reach: (input: {body: {scopes?: string[] | undefined}}) => input.body.scopes ?? ['**'],
  operation: 'tokens.create',
  summary: 'Make a token, no wider and no longer-lived than the credential that asks',
  oneTimeReply: true,
  query: z.strictObject({dryRun}),
  body: z.strictObject({
    name,
    role: name,
    scopes: bound(scopePattern),
    cidrs: bound(cidr),
    expiresAt: z.optional(time),
    /** For a workload: the environment that it is bound to; its role is `workload`. */
    environment: z.optional(environment),
    host: z.optional(host),
    labels: z.optional(labels),
  }),
  reply: withToken,
})

export const tokensRevoke = write('DELETE', '/orgs/:org/tokens/:name', {
  surfaces: ['cli'],
  reach: 'listed',
  operation: 'tokens.revoke',
  summary: 'Revoke a token and end its sessions',
  query: z.strictObject({dryRun}),
  reply: z.extend(token, {changed: z.boolean()}),
})

export const tokensRotate = write('POST', '/orgs/:org/tokens/:name/rotate', {
  surfaces: ['cli'],
  reach: 'listed',
  operation: 'tokens.rotate',
  summary: 'Give a token a new text; the old one ends, and so do its sessions',
  oneTimeReply: true,
  query: z.strictObject({dryRun}),
  reply: withToken,
})
