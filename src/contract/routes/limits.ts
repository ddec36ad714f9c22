import * as z from 'zod/mini'
import {MAX_KEPT_VERSIONS} from '../limits.ts'
import {read, write} from '../route.ts'
import {dryRun} from './shared.ts'

/** How many versions of a value are kept; null: all. */
const keptVersions = z.nullable(z.number().check(z.int(), z.minimum(1), z.maximum(MAX_KEPT_VERSIONS)))

export const limitsShow = read('/orgs/:org/limits', {
  surfaces: ['cli'],
  reach: 'any',
  permission: 'orgs.list',
  summary: 'Show the limits of the organization',
  reply: z.object({keptVersions}),
})

export const limitsSet = write('PUT', '/orgs/:org/limits', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'orgs.limits',
  summary: 'Change the limits of the organization',
  query: z.strictObject({dryRun}),
  body: z.strictObject({keptVersions}),
  reply: z.object({keptVersions, before: z.object({keptVersions}), changed: z.boolean()}),
})
