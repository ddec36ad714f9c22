import * as z from 'zod/mini'

/** What an error answer carries, RFC 9457. The last four are there when the policy refused. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  operation: z.optional(z.string()),
  category: z.optional(z.string()),
  label: z.optional(z.string()),
  cliEquivalent: z.optional(z.string()),
  /** With `version_conflict`: the version that is stored. */
  currentVersion: z.optional(z.number()),
  /** What the refusal is about, where the code alone leaves it open. */
  about: z.optional(z.string()),
  /** With `rate_limited`: seconds to wait, as the header says too. */
  retryAfter: z.optional(z.number()),
})
export type Problem = z.infer<typeof problem>
