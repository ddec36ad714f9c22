import * as z from 'zod/mini'
import {bindingPatternPattern, hostPattern, hostsPattern, labelPattern, MAX_HOST, widestOf} from '../binding-pattern.ts'
import {MAX_BOUND_KEYS, MAX_LABEL, MAX_LABELS} from '../limits.ts'
import {MAX_SCOPE, notePattern} from '../name-rules.ts'
import {key, scope} from '../names.ts'
import {disclose, read, write} from '../route.ts'
import {dryRun, page, pageOf} from './shared.ts'
import {resolved} from './workload.ts'

const surfaces = ['cli', 'dashboard'] as const

/** The name of an environment: a path, as a scope's. */
export const environment = scope

const bindingPattern = z.string().check(z.maxLength(MAX_SCOPE), z.regex(bindingPatternPattern))
const hosts = z.string().check(z.maxLength(MAX_HOST), z.regex(hostsPattern))

export const host = z.string().check(z.maxLength(MAX_HOST), z.regex(hostPattern))
export const labels = z
  .record(
    z.string().check(z.regex(labelPattern)),
    z.string().check(z.minLength(1), z.maxLength(MAX_LABEL), z.regex(notePattern)),
  )
  .check(z.refine((given) => Object.keys(given).length <= MAX_LABELS))

/** What feeds an environment. `host`: the hosts that it is for, `**` for all; `keys` null: all of the scope. */
const binding = z.object({
  scope: z.string(),
  host: z.string(),
  keys: z.nullable(z.array(z.string())),
  createdAt: z.string(),
  createdBy: z.string(),
})

const environmentQuery = z.strictObject({environment, dryRun})

const listedEnvironment = z.object({
  environment: z.string(),
  /** How many bindings it has itself, and how many valid tokens are bound to it. */
  bindings: z.number(),
  tokens: z.number(),
  createdAt: z.string(),
  createdBy: z.string(),
})

export const environmentsList = read('/orgs/:org/environments', {
  surfaces,
  reach: 'organization',
  permission: 'environments.list',
  summary: 'List the environments',
  query: z.strictObject(page),
  reply: pageOf(listedEnvironment),
})

export const environmentsShow = read('/orgs/:org/environments/show', {
  surfaces,
  reach: 'organization',
  permission: 'environments.list',
  summary: 'Show an environment, its bindings and those that its collections lend it',
  query: z.strictObject({environment}),
  reply: z.extend(listedEnvironment, {
    own: z.array(binding),
    lent: z.array(z.extend(binding, {environment: z.string()})),
  }),
})

export const environmentsCreate = write('POST', '/orgs/:org/environments', {
  surfaces,
  reach: 'organization',
  operation: 'environments.create',
  summary: 'Create an environment',
  query: environmentQuery,
  reply: z.object({environment: z.string(), changed: z.boolean()}),
})

export const environmentsRename = write('POST', '/orgs/:org/environments/rename', {
  surfaces,
  reach: 'organization',
  operation: 'environments.rename',
  summary: 'Rename an environment and all below it; tokens that are bound to them stay so',
  query: environmentQuery,
  body: z.strictObject({to: environment}),
  reply: z.object({environment: z.string(), to: z.string(), environments: z.number(), changed: z.boolean()}),
})

export const environmentsDelete = write('DELETE', '/orgs/:org/environments', {
  surfaces,
  reach: 'organization',
  operation: 'environments.delete',
  summary: 'Delete an environment and its bindings, once no valid token is bound to it',
  query: environmentQuery,
  reply: z.object({environment: z.string(), bindings: z.number(), changed: z.boolean()}),
})

/** A binding must lie within what a bound credential reaches, whatever its placeholders are filled with. */
const reachOfBinding = ({body}: {body: {scope: string}}) => [widestOf(body.scope)]

const bindingReply = z.object({
  environment: z.string(),
  scope: z.string(),
  host: z.string(),
  keys: z.nullable(z.array(z.string())),
  changed: z.boolean(),
})

export const environmentsBind = write('POST', '/orgs/:org/environments/bind', {
  surfaces,
  reach: reachOfBinding,
  operation: 'environments.bind',
  summary: 'Feed an environment from scopes; binding the same again replaces its keys',
  query: environmentQuery,
  body: z.strictObject({
    scope: bindingPattern,
    host: z.optional(hosts),
    keys: z.optional(z.array(key).check(z.minLength(1), z.maxLength(MAX_BOUND_KEYS))),
  }),
  reply: bindingReply,
})

export const environmentsUnbind = write('POST', '/orgs/:org/environments/unbind', {
  surfaces,
  reach: 'organization',
  operation: 'environments.unbind',
  summary: 'End a binding',
  query: environmentQuery,
  body: z.strictObject({scope: bindingPattern, host: z.optional(hosts)}),
  reply: bindingReply,
})

/** Which binding gives a key. */
const giver = z.object({
  scope: z.string(),
  kind: z.enum(['secret', 'variable']),
  version: z.number(),
  binding: z.object({environment: z.string(), scope: z.string(), host: z.string()}),
})

export const environmentsReveal = disclose('GET', '/orgs/:org/environments/reveal', {
  surfaces: ['cli'],
  reach: 'organization',
  permission: 'secrets.reveal',
  discloses: 'environments.reveal',
  many: true,
  summary: 'Give the values of an environment as a workload of no host and no labels gets them',
  query: z.strictObject({environment}),
  reply: resolved,
})

export const environmentsExplain = read('/orgs/:org/environments/explain', {
  surfaces,
  reach: 'organization',
  permission: 'environments.list',
  summary: 'Say which binding gives each key of an environment, and what it shadows; never a value',
  query: z.strictObject({
    environment,
    key: z.optional(key),
    /** As whom: what a workload's credential would say. */
    agentId: z.optional(z.string().check(z.maxLength(63))),
    host: z.optional(host),
    /** JSON object of labels. */
    labels: z.optional(z.string().check(z.maxLength(8192))),
  }),
  reply: z.object({
    environment: z.string(),
    items: z.array(z.extend(giver, {key: z.string(), shadows: z.array(giver)})),
    /** Names that were declared and have no value, where nothing else gives the key. */
    missing: z.array(z.object({key: z.string(), scope: z.string()})),
    /** Bindings that give nothing for these claims, and why. */
    idle: z.array(
      z.object({
        environment: z.string(),
        scope: z.string(),
        host: z.string(),
        why: z.enum(['host', 'claim', 'empty']),
      }),
    ),
  }),
})

export const environmentsEnter = write('POST', '/orgs/:org/environments/enter', {
  surfaces: ['cli'],
  reach: 'any',
  operation: 'environments.enter',
  summary: 'Make a workload credential of 15 minutes for an environment; it acts as the credential that asks',
  oneTimeReply: true,
  query: z.strictObject({environment}),
  reply: z.object({environment: z.string(), token: z.string(), expiresAt: z.string()}),
})
