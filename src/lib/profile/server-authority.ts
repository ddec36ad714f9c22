import {createHash} from 'node:crypto'
import {connect, type DetailedPeerCertificate} from 'node:tls'
import {PosternError} from '../../client/error.ts'
import {TIMEOUT} from './resolve-connection.ts'

export interface Authority {
  /** PEM. */
  ca: string
  /** Lower-case hex SHA-256 of its DER bytes. */
  fingerprint: string
  /** Whether the system's certificates vouch for the server, so that nothing need be pinned. */
  systemTrusts: boolean
}

/**
 * The certificate authority that a server shows. Nothing is sent, and nothing is believed: it is for the user, or a
 * fingerprint that came another way, to say whether it is the right one.
 * @throws PosternError `unreachable`.
 */
export function authorityOf(origin: string): Promise<Authority> {
  const {hostname, port} = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const failed = (why: string) =>
      reject(
        new PosternError('unreachable', `${origin} cannot be reached (${why}).`, {
          next: 'Check the URL, and that the server runs.',
        }),
      )
    const socket = connect({
      host,
      port: Number(port || 443),
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ...(/^[\d.]+$|:/.test(host) ? {} : {servername: host}),
    })
    socket.setTimeout(TIMEOUT, () => {
      socket.destroy()
      failed('ETIMEDOUT')
    })
    socket.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'TLS failed'))
    socket.on('secureConnect', () => {
      const last = topOf(socket.getPeerCertificate(true))
      socket.destroy()
      if (last === null) failed('it shows no certificate')
      else resolve({...describe(last.raw), systemTrusts: socket.authorized})
    })
  })
}

/** The fingerprint and PEM form of a certificate's DER bytes. */
export function describe(der: Buffer): {ca: string; fingerprint: string} {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const ca = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return {ca, fingerprint: createHash('sha256').update(der).digest('hex')}
}

function topOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate | null {
  if (leaf.raw === undefined) return null
  let top = leaf
  while (
    top.issuerCertificate !== undefined &&
    top.issuerCertificate !== top &&
    top.issuerCertificate.raw !== undefined
  ) {
    if (top.issuerCertificate.raw.equals(top.raw)) break
    top = top.issuerCertificate
  }
  return top
}
