import * as z from 'zod/mini'

/** The most bytes that a value may have. */
export const MAX_VALUE_BYTES = 1024 * 1024

/** The most bytes that a request's body may have, by default. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024

/** A value on the wire, in the shorter of its two encodings. */
export const wireValue = z.strictObject({
  encoding: z.enum(['utf8', 'base64']),
  data: z.string().check(z.maxLength(Math.ceil(MAX_VALUE_BYTES / 3) * 4)),
})
export type WireValue = z.infer<typeof wireValue>
