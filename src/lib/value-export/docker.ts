import {Buffer} from 'node:buffer'

/** What `docker run --env-file` reads of a line, in bytes: its scanner takes no longer one. */
const MAX_LINE = 64 * 1024 - 1

/** A line of Docker's env file: what stands behind `=` is the value as it is, to the end of the line. */
export const dockerText = (key: string, text: string): string => `${key}=${text}`

export function dockerProblem(key: string, text: string): string | null {
  if (/[\n\r]/.test(text)) return "has a line's end"
  if (text.includes('\0')) return 'has a NUL'
  return Buffer.byteLength(dockerText(key, text)) > MAX_LINE ? 'is longer than 64 KiB' : null
}
