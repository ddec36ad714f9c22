import * as z from 'zod/mini'
import {name} from '../names.ts'
import {read, write} from '../route.ts'
import {dryRun, erased, page, pageOf} from './shared.ts'

const org = z.object({
  name: z.string(),
  createdAt: z.string(),
  /** Null: it is there. A deleted one has its name and its audit log left. */
  deletedAt: z.nullable(z.string()),
})

/** What an organization holds. */
const holds = {secrets: z.number(), variables: z.number(), versions: z.number(), tokens: z.number()}

export const orgsList = read('/orgs/:org/organizations', {
  surfaces: ['cli'],
  reach: 'organization',
  permission: 'orgs.list',
  summary: 'List the organizations; beyond the first one, that one alone',
  query: z.strictObject({
    /** Those that were deleted, instead of those that are there. */
    deleted: z.optional(z.stringbool()),
    ...page,
  }),
  reply: pageOf(org),
})

export const orgsShow = read('/orgs/:org/organizations/:name', {
  surfaces: ['cli'],
  reach: 'organization',
  permission: 'orgs.list',
  summary: 'Show an organization and how much it holds',
  reply: z.extend(org, {scopes: z.number(), ...holds}),
})

export const orgsCreate = write('POST', '/orgs/:org/organizations', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'orgs.create',
  summary: 'Create an organization, with its first owner token; from the first one alone',
  oneTimeReply: true,
  query: z.strictObject({dryRun}),
  body: z.strictObject({name}),
  /** `token` null: it was a trial, and there is none. */
  reply: z.object({name: z.string(), createdAt: z.string(), token: z.nullable(z.string()), changed: z.boolean()}),
})

export const orgsDelete = write('DELETE', '/orgs/:org/organizations/:name', {
  surfaces: ['cli'],
  reach: 'organization',
  operation: 'orgs.delete',
  summary: 'Delete an organization with all that it holds, for good; its audit log stays',
  query: z.strictObject({dryRun}),
  reply: z.object({name: z.string(), ...holds, changed: z.boolean(), erased}),
})
