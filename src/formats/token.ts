import {randomBytes} from 'node:crypto'
import {crc32} from 'node:zlib'

/** Whose a token is: its text begins so, and secret scanners and clients tell it by that. */
export type TokenKind = 'admin' | 'workload' | 'person'

const PREFIXES: Record<TokenKind, string> = {
  admin: 'postern_',
  workload: 'postern_workload_',
  person: 'postern_person_',
}
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const base62 = (value: bigint, width: number): string => {
  let text = ''
  for (let rest = value; rest > 0n; rest /= 62n) text = ALPHABET[Number(rest % 62n)] + text
  return text.padStart(width, '0')
}

const checksum = (text: string): string => base62(BigInt(crc32(text)), 6)

/** A new token: its prefix, 256 random bits as 43 base-62 digits, and 6 digits of CRC-32, so that secret scanners know it. */
export function newToken(kind: TokenKind = 'admin'): string {
  const text = PREFIXES[kind] + base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)
  return text + checksum(text)
}

/**
 * Whose token `text` is, if it has the form of one and its checksum fits; nothing is said of whether a server accepts it.
 * Null: it is none.
 */
export function tokenKind(text: string): TokenKind | null {
  const match = /^(postern_(?:(workload|person)_)?[0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(text)
  if (match === null || checksum(match[1]!) !== match[3]) return null
  return (match[2] as TokenKind | undefined) ?? 'admin'
}

/** Whether `text` is a token of any kind. */
export const isToken = (text: string): boolean => tokenKind(text) !== null
