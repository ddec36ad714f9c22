import {randomBytes} from 'node:crypto'
import {crc32} from 'node:zlib'

const PREFIX = 'postern_'
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const base62 = (value: bigint, width: number): string => {
  let text = ''
  for (let rest = value; rest > 0n; rest /= 62n) text = ALPHABET[Number(rest % 62n)] + text
  return text.padStart(width, '0')
}

const checksum = (body: string): string => base62(BigInt(crc32(PREFIX + body)), 6)

/** A new token: `postern_`, 256 random bits as 43 base-62 digits, and 6 digits of CRC-32, so that secret scanners know it. */
export function newToken(): string {
  const body = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)
  return PREFIX + body + checksum(body)
}

/** Whether `text` has the form of a token and its checksum fits; nothing is said of whether a server accepts it. */
export function isToken(text: string): boolean {
  const match = /^postern_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(text)
  return match !== null && checksum(match[1]!) === match[2]
}
