import {Buffer} from 'node:buffer'
import {crc32} from 'node:zlib'

/** All that a client needs to sign in, in one string. */
export interface Enrolment {
  /** The server's origin. */
  url: string
  /** Lower-case hex SHA-256 of the CA certificate (DER); null: the system's certificates vouch for the server. */
  caFingerprint: string | null
  token: string
}

const PREFIX = 'postern-enrol-1.'
const checksum = (body: string): string =>
  crc32(PREFIX + body)
    .toString(16)
    .padStart(8, '0')

/** Writes an enrolment as one line. It holds a token: treat it as one. The format: docs/formats/enrolment.md. */
export function encodeEnrolment({url, caFingerprint, token}: Enrolment): string {
  const body = Buffer.from(JSON.stringify({ca: caFingerprint, token, url})).toString('base64url')
  return `${PREFIX}${body}.${checksum(body)}`
}

/** Reads one; null for anything that is not one, or was cut or mistyped. */
export function decodeEnrolment(text: string): Enrolment | null {
  const match = /^postern-enrol-1\.([\w-]+)\.([0-9a-f]{8})$/.exec(text.trim())
  if (match === null || checksum(match[1]!) !== match[2]) return null
  try {
    const {ca, token, url} = JSON.parse(Buffer.from(match[1]!, 'base64url').toString('utf8')) as Record<string, unknown>
    if (typeof token !== 'string' || typeof url !== 'string' || !URL.canParse(url)) return null
    if (ca !== null && (typeof ca !== 'string' || !/^[0-9a-f]{64}$/.test(ca))) return null
    return {url, caFingerprint: ca, token}
  } catch {
    return null
  }
}
