/** What was dropped from the end; null: nothing. */
export type Newline = 'LF' | 'CRLF' | null

/** Drops exactly one trailing LF or CRLF, when the source says so. */
export function trim(bytes: Buffer, source: {trims: boolean}): {bytes: Buffer; dropped: Newline} {
  if (!source.trims || bytes.at(-1) !== 0x0a) return {bytes, dropped: null}
  if (bytes.at(-2) === 0x0d) return {bytes: bytes.subarray(0, -2), dropped: 'CRLF'}
  return {bytes: bytes.subarray(0, -1), dropped: 'LF'}
}
