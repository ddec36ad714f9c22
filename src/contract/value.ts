import * as z from 'zod/mini'
import {MAX_VALUE_BYTES} from './limits.ts'

const base64Length = (bytes: number) => Math.ceil(bytes / 3) * 4

/** A value that is readable on the wire, in the shorter of its two encodings. */
export const plainValue = z.strictObject({
  encoding: z.enum(['utf8', 'base64']),
  data: z.string().check(z.maxLength(base64Length(MAX_VALUE_BYTES))),
})
export type PlainValue = z.infer<typeof plainValue>

/** A value sealed to the server's key, which `sealingKey` gives; `enc` and `data` are base64. */
export const sealedValue = z.strictObject({
  encoding: z.literal('hpke'),
  keyId: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  /** 32 bytes. */
  enc: z.string().check(z.regex(/^[A-Za-z0-9+/]{43}=$/)),
  /** The value's bytes and 16 more. */
  data: z.string().check(z.maxLength(base64Length(MAX_VALUE_BYTES + 16))),
})
export type SealedValue = z.infer<typeof sealedValue>

/** A value as a write takes it. */
export const wireValue = z.discriminatedUnion('encoding', [plainValue, sealedValue])
export type WireValue = z.infer<typeof wireValue>
