import {Buffer} from 'node:buffer'

/** Joins parts so that no two lists give the same bytes: each part is preceded by its length, a 32-bit big-endian number. */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  const lengths = parts.map((part) => (typeof part === 'string' ? Buffer.byteLength(part, 'utf8') : part.length))
  const joined = Buffer.alloc(lengths.reduce((sum, length) => sum + 4 + length, 0))
  let at = 0
  for (const [index, part] of parts.entries()) {
    at = joined.writeUInt32BE(lengths[index]!, at)
    if (typeof part === 'string') joined.write(part, at, 'utf8')
    else joined.set(part, at)
    at += lengths[index]!
  }
  return joined
}
