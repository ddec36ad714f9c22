import {X509Certificate} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'
import {fingerprint} from '../../formats/fingerprint.ts'

/**
 * The certificates of a PEM file, and nothing else that is in it. Never empty: an empty CA would mean the system's.
 * @throws PosternError `usage` that calls the file what `name` says.
 */
export function readCa(path: string, name: string): string {
  try {
    const found = readFileSync(path, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
    if (found !== null) return found.map((pem) => pemOf(new X509Certificate(pem).raw)).join('')
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code?.startsWith('E') && !code.startsWith('ERR_')) throw unusable(name, code)
  }
  throw unusable(name, 'it holds no PEM certificate')
}

/** The SHA-256, in lower-case hex, of the first certificate of a PEM text. */
export const topFingerprint = (pem: string): string => fingerprint(new X509Certificate(pem).raw)

/** A certificate's DER bytes as PEM. */
export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function unusable(name: string, why: string): PosternError {
  return new PosternError('usage', `The file that ${name} names cannot be used (${why}).`, {
    next: 'Give the server’s CA certificate: tls/ca.crt in its data folder.',
  })
}
