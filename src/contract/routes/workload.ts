import * as z from 'zod/mini'
import {disclose, read} from '../route.ts'
import {isScopePattern, scopePatternPattern} from '../scope-pattern.ts'
import {plainValue} from '../value.ts'

const surfaces = ['workload'] as const

/** The most patterns of a filter, and the most characters of all of them. */
export const MAX_FILTERS = 50
const MAX_FILTER_TEXT = 4096

/** Texts of one form parted by commas, as a pattern, so that the OpenAPI document says it. */
const filter = ({source}: RegExp, isRight: (text: string) => boolean) => {
  const one = source.replace(/^\^|\$$/g, '')
  return z.optional(
    z.string().check(
      z.maxLength(MAX_FILTER_TEXT),
      z.regex(new RegExp(`^(?:${one})(?:,(?:${one})){0,${MAX_FILTERS - 1}}$`)),
      z.refine((text) => text.split(',').every(isRight)),
    ),
  )
}

/** What narrows a resolve, each a list parted by commas: globs over keys, and scope patterns. */
const filters = {
  only: filter(/^[A-Za-z0-9._*?-]+$/, (text) => text.length <= 255),
  scope: filter(scopePatternPattern, isScopePattern),
}

/** What stands for the state of what would be resolved: it is another one after each change. */
const etag = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))

/** The values of an environment, each key once. */
export const resolved = z.object({
  org: z.string(),
  environment: z.string(),
  etag: z.string(),
  items: z.array(
    z.object({
      /** Of the name, whatever it is called: by it a template can refer to the value. */
      id: z.number(),
      key: z.string(),
      scope: z.string(),
      version: z.number(),
      kind: z.enum(['secret', 'variable']),
      /** What the bytes are, as readers get them. */
      type: z.enum(['string', 'file', 'fields', 'totp']),
      value: plainValue,
    }),
  ),
  /** Names that were declared and have no value, where nothing else gives the key. */
  missing: z.array(z.object({key: z.string(), scope: z.string()})),
})

export const workloadResolve = disclose('GET', '/resolve', {
  surfaces,
  reach: 'any',
  permission: 'environments.resolve',
  discloses: 'environments.resolve',
  many: true,
  conditional: 'workloadChanges',
  summary: 'Give the values of the credential’s environment, each key once',
  query: z.strictObject(filters),
  reply: resolved,
})

export const workloadChanges = read('/changes', {
  surfaces,
  reach: 'any',
  permission: 'environments.resolve',
  waits: true,
  summary: 'Hold the request until what would be resolved is no longer what `etag` stands for, at most 50 seconds',
  query: z.strictObject({etag, ...filters}),
  reply: z.object({etag: z.string(), changed: z.boolean()}),
})

export const workloadWhoami = read('/whoami', {
  surfaces,
  reach: 'any',
  permission: 'any',
  summary: 'Show which workload the credential is of, and its environment',
  reply: z.object({
    actor: z.object({kind: z.string(), id: z.string(), name: z.string()}),
    surface: z.literal('workload'),
    org: z.string(),
    environment: z.string(),
    agentId: z.string(),
    host: z.nullable(z.string()),
    labels: z.record(z.string(), z.string()),
    scopes: z.nullable(z.array(z.string())),
    cidrs: z.nullable(z.array(z.string())),
    expiresAt: z.nullable(z.string()),
    serverVersion: z.string(),
  }),
})
