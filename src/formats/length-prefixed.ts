import {Buffer} from 'node:buffer'

/** Joins parts so that no two lists give the same bytes: each part is preceded by its length, a 32-bit big-endian number. */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  let size = 0
  for (const part of parts) size += 4 + (typeof part === 'string' ? Buffer.byteLength(part, 'utf8') : part.length)
  // Never of the pool: a credential or a value may be among the parts, and what is in the pool is handed out as it is.
  const joined = Buffer.alloc(size)
  let at = 0
  for (const part of parts) {
    const length = typeof part === 'string' ? joined.write(part, at + 4, 'utf8') : part.length
    if (typeof part !== 'string') joined.set(part, at + 4)
    joined.writeUInt32BE(length, at)
    at += 4 + length
  }
  return joined
}
