import type {X509Certificate} from 'node:crypto'
import {isIP} from 'node:net'

/** The names that every leaf carries. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** The host of a URL as a certificate names it: an IPv6 address without its brackets. */
export const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')

/** The names of a server's certificate: loopback's, then those of its URLs, each once. */
export const namesFor = (urls: readonly string[]): string[] => [...new Set([...LOOPBACK, ...urls.map(hostOf)])]

/** Whether a client that asks for `name` accepts the certificate. */
export const covers = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined

/** Whether the certificate carries these names and no other. */
export function carriesExactly(certificate: X509Certificate, names: readonly string[]): boolean {
  const carried = (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== '').length
  return carried === names.length && names.every((name) => covers(certificate, name))
}
