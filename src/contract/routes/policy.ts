import * as z from 'zod/mini'
import {MAX_SELECTORS} from '../limits.ts'
import {note} from '../names.ts'
import {sensitivities} from '../operations.ts'
import {read, write} from '../route.ts'
import {dryRun} from './shared.ts'

/** The name of an operation, a category or a sensitivity. */
export const wordPattern = /^[a-z]+(\.[a-z]+)?$/
export const MAX_WORD = 64
/** The most rules that one policy has. */
export const MAX_RULES = 200

const word = z.string().check(z.regex(wordPattern), z.maxLength(MAX_WORD))

/** What a rule speaks of: one operation, a category, a sensitivity, or all. */
export const selector = z.discriminatedUnion('by', [
  z.strictObject({by: z.literal('operation'), name: word}),
  z.strictObject({by: z.literal('category'), name: word}),
  z.strictObject({by: z.literal('sensitivity'), name: z.enum(sensitivities)}),
  z.strictObject({by: z.literal('all')}),
])
export type Selector = z.infer<typeof selector>

const effect = z.enum(['cli-only', 'enabled'])
export type Effect = z.infer<typeof effect>

const rule = z.object({
  selector,
  effect,
  reason: z.nullable(z.string()),
  createdAt: z.string(),
  createdBy: z.string(),
})
export type PolicyRule = z.infer<typeof rule>

const state = z.object({
  operation: z.string(),
  category: z.string(),
  sensitivity: z.enum(sensitivities),
  label: z.string(),
  /** The CLI command that does the same, as argv. */
  cli: z.array(z.string()),
  effect,
  /** The rule that decides; null: no rule speaks of it, so it is enabled. */
  decidedBy: z.nullable(selector),
})
export type OperationState = z.infer<typeof state>

export const policyShow = read('/orgs/:org/policy', {
  surfaces: ['cli', 'dashboard'],
  reach: 'any',
  permission: 'policy.read',
  summary: 'Show the rules and the state of each operation that the dashboard offers',
  reply: z.object({rules: z.array(rule), operations: z.array(state)}),
})

const changed = z.object({
  changed: z.boolean(),
  /** Every operation that the change speaks of, before and after. */
  operations: z.array(z.extend(state, {before: effect})),
})

const query = z.strictObject({dryRun})
const selectors = z.array(selector).check(z.minLength(1), z.maxLength(MAX_SELECTORS))

export const policyLock = write('POST', '/orgs/:org/policy/lock', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'policy.lock',
  summary: 'Add cli-only rules',
  query,
  body: z.strictObject({selectors, reason: z.optional(note)}),
  reply: changed,
})

export const policyUnlock = write('POST', '/orgs/:org/policy/unlock', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'policy.unlock',
  summary: 'Add enabled rules',
  query,
  body: z.strictObject({selectors, reason: z.optional(note)}),
  reply: changed,
})

export const policyReset = write('POST', '/orgs/:org/policy/reset', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'policy.reset',
  summary: 'Remove rules; without selectors, all of them',
  query,
  body: z.strictObject({selectors: z.optional(selectors), reason: z.optional(note)}),
  reply: changed,
})

export const policyApply = write('PUT', '/orgs/:org/policy', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'policy.apply',
  summary: 'Make the rules exactly these; a rule that is there already, with the same reason, keeps its stamp',
  query,
  body: z.strictObject({
    rules: z.array(z.strictObject({selector, effect, reason: z.nullable(note)})).check(z.maxLength(MAX_RULES)),
    /** Why they change, for the audit log. */
    reason: z.optional(note),
  }),
  reply: changed,
})
