import * as z from 'zod/mini'
import {MAX_VALUE_BYTES} from './limits.ts'

/** A value on the wire, in the shorter of its two encodings. */
export const wireValue = z.strictObject({
  encoding: z.enum(['utf8', 'base64']),
  data: z.string().check(z.maxLength(Math.ceil(MAX_VALUE_BYTES / 3) * 4)),
})
export type WireValue = z.infer<typeof wireValue>
