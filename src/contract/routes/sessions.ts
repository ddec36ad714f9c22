import * as z from 'zod/mini'
import {sessionPattern} from '../name-rules.ts'
import {name} from '../names.ts'
import {read, write} from '../route.ts'
import {dryRun, page, pageOf} from './shared.ts'

/** A browser that is signed in to the dashboard, or a terminal where a person is: never what it holds. */
const session = z.object({
  /** By which it is named. */
  id: z.string(),
  /** The token that signed it in, and as which it acts. */
  token: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  /** Where it is. */
  surface: z.optional(z.enum(['dashboard', 'cli'])),
})
export type ShownSession = z.infer<typeof session>

export const sessionsList = read('/orgs/:org/sessions', {
  surfaces: ['cli', 'dashboard'],
  reach: 'listed',
  permission: 'tokens.list',
  summary: 'List the browsers that are signed in to the dashboard',
  query: z.strictObject(page),
  reply: pageOf(session),
})

export const sessionsRevoke = write('POST', '/orgs/:org/sessions/revoke', {
  surfaces: ['cli'],
  reach: 'listed',
  operation: 'sessions.revoke',
  summary: 'Sign a browser out, or all that a token signed in; its links that were not used end, too',
  query: z.strictObject({dryRun}),
  /** One of the two. */
  body: z.strictObject({
    session: z.optional(z.string().check(z.regex(sessionPattern))),
    token: z.optional(name),
  }),
  /** `also`: how many links that were not used, and credentials of workloads, ended with them. */
  reply: z.object({changed: z.boolean(), items: z.array(session), also: z.optional(z.number())}),
})
