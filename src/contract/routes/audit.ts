import * as z from 'zod/mini'
import {MAX_ACTIVITY_DAYS, MAX_PAGE} from '../limits.ts'
import {name, operationName, time, wholeNumber} from '../names.ts'
import {read, write} from '../route.ts'
import {dryRun} from './shared.ts'

/** The parsed form of an entry's `canonical` text. Its format: docs/formats/audit-chain.md. */
export const auditEntry = z.object({
  format: z.literal(1),
  org: z.string(),
  sequence: z.number(),
  time: z.string(),
  actor: z.object({kind: z.string(), id: z.string(), name: z.string()}),
  surface: z.enum(['cli', 'dashboard', 'workload', 'server']),
  operation: z.string(),
  target: z.object({
    kind: z.string(),
    scope: z.optional(z.string()),
    name: z.optional(z.string()),
    version: z.optional(z.number()),
    /** The scope that it was moved to. */
    to: z.optional(z.string()),
  }),
  /** Of a disclosure of many: `KIND SCOPE KEY VERSION` of each, in the order of their bytes. */
  names: z.optional(z.array(z.string())),
  outcome: z.enum(['done', 'unchanged', 'disclosed', 'refused', 'failed']),
  code: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  requestId: z.string(),
  address: z.nullable(z.string()),
  previous: z.string(),
})
export type AuditEntry = z.infer<typeof auditEntry>
export const outcomes = auditEntry.shape.outcome.options

/** The newest entry's place and hash, signed by the server (Ed25519, base64). */
export const auditHead = z.object({
  org: z.string(),
  sequence: z.number(),
  hash: z.string(),
  time: z.string(),
  signature: z.string(),
})

/** A closed part of the log, sealed by the server (Ed25519, base64). Its format: docs/formats/audit-archive.md. */
export const auditSegment = z.object({
  org: z.string(),
  first: z.number(),
  last: z.number(),
  previous: z.string(),
  hash: z.string(),
  time: z.string(),
  signature: z.string(),
})

export const auditList = read('/orgs/:org/audit', {
  surfaces: ['cli', 'dashboard'],
  reach: 'organization',
  permission: 'audit.read',
  ofDeleted: true,
  summary: 'List audit entries, newest first; with `after`, oldest first',
  query: z.strictObject({
    operation: z.optional(operationName),
    actor: z.optional(name),
    outcome: z.optional(z.enum(outcomes)),
    since: z.optional(time),
    /** Entries before this sequence, newest first. */
    before: z.optional(wholeNumber(1)),
    /** Entries after this sequence, oldest first. */
    after: z.optional(wholeNumber(0)),
    limit: z.optional(wholeNumber(1, MAX_PAGE)),
  }),
  reply: z.object({
    entries: z.array(z.object({canonical: z.string(), hash: z.string()})),
    head: auditHead,
    /** The newest segment that was pruned: the log in the store begins after it. Null: it begins with the first entry. */
    base: z.nullable(auditSegment),
    /** The key that signs the head: Ed25519, SPKI, base64. */
    publicKey: z.string(),
  }),
})

export const auditActivity = read('/orgs/:org/audit/activity', {
  surfaces: ['cli', 'dashboard'],
  reach: 'organization',
  permission: 'audit.read',
  summary: 'Count what was done, disclosed, refused and failed, by day in UTC, oldest first',
  query: z.strictObject({days: z.optional(wholeNumber(1, MAX_ACTIVITY_DAYS))}),
  reply: z.object({
    /** Days of which nothing is recorded are left out. */
    days: z.array(
      z.object({day: z.string(), done: z.number(), disclosed: z.number(), refused: z.number(), failed: z.number()}),
    ),
    /** The time of the oldest entry that was counted, where there were more than are gone over; null: all were counted. */
    since: z.nullable(z.string()),
  }),
})

export const auditSegments = read('/orgs/:org/audit/segments', {
  surfaces: ['cli'],
  reach: 'organization',
  permission: 'audit.read',
  summary: 'List the sealed segments whose entries are still in the store, oldest first',
  reply: z.object({segments: z.array(auditSegment), publicKey: z.string()}),
})

const sequence = z.number().check(z.int(), z.minimum(1))
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/))

export const auditSeal = write('POST', '/orgs/:org/audit/seal', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'audit.seal',
  summary: 'Seal the next segment: from the end of the last one to `last`, or as far as one segment goes',
  query: z.strictObject({dryRun}),
  body: z.strictObject({last: sequence}),
  reply: z.object({changed: z.boolean(), segment: auditSegment}),
})

export const auditPrune = write('POST', '/orgs/:org/audit/prune', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'audit.prune',
  summary: 'Remove the entries of the oldest segment in the store, given what only its archive tells',
  query: z.strictObject({dryRun}),
  /** `hash`: the segment's; `sha256`: of its entries' lines, as in the archive's trailer. */
  body: z.strictObject({last: sequence, hash: sha256, sha256}),
  reply: z.object({changed: z.boolean(), segment: auditSegment}),
})
