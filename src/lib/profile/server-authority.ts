import {X509Certificate} from 'node:crypto'
import {Agent, request} from 'node:https'
import {type DetailedPeerCertificate, TLSSocket} from 'node:tls'
import {PosternError} from '../../client/error.ts'
import {proxyFor, refusedByProxy} from '../../client/proxy.ts'
import {tlsFloor} from '../../client/transport.ts'
import {fingerprint} from '../../formats/fingerprint.ts'
import {pemOf} from './ca-file.ts'
import type {Env} from './folder.ts'
import {TIMEOUT} from './resolve-connection.ts'

export interface Authority {
  /** PEM. */
  ca: string
  /** Lower-case hex SHA-256 of its DER bytes. */
  fingerprint: string
  /** Whether Node's own certificates vouch for the server, so that nothing need be pinned. */
  systemTrusts: boolean
}

/**
 * The certificate authority that a server shows in its handshake. No request is sent, and nothing is believed: it is for
 * the user, or a fingerprint that came another way, to say whether it is the right one.
 * @throws PosternError `unreachable`; `untrusted` when it shows no authority that could be pinned.
 */
export async function authorityOf(origin: string, env: Env): Promise<Authority> {
  const url = new URL(origin)
  const agent = (await proxyFor(url, env)) ?? new Agent()
  return new Promise<Authority>((resolve, reject) => {
    const failed = (why: string) =>
      reject(
        new PosternError('unreachable', `${origin} cannot be reached (${why}).`, {
          next: 'Check the URL, and that the server runs.',
        }),
      )
    // It is never ended, so that its headers never leave.
    const asked = request(url, {...tlsFloor, agent, rejectUnauthorized: false})
    const late = setTimeout(() => asked.destroy(Object.assign(new Error(), {code: 'ETIMEDOUT'})), TIMEOUT)
    asked.on('close', () => clearTimeout(late))
    asked.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'TLS failed'))
    asked.on('proxyConnect', ({statusCode}: {statusCode: number}) => {
      if (statusCode === 200) return
      reject(refusedByProxy(url, statusCode))
      asked.destroy()
    })
    asked.on('socket', (socket) => {
      if (!(socket instanceof TLSSocket)) return
      socket.once('secureConnect', () => {
        const top = topOf(socket.getPeerCertificate(true))
        if (!socket.authorized && !signsItself(top)) reject(noAuthority(origin))
        else resolve({ca: pemOf(top), fingerprint: fingerprint(top), systemTrusts: socket.authorized})
        asked.destroy()
      })
    })
  })
}

function topOf(leaf: DetailedPeerCertificate): Buffer {
  let top = leaf
  while (top.issuerCertificate?.raw !== undefined && !top.issuerCertificate.raw.equals(top.raw))
    top = top.issuerCertificate
  return top.raw
}

function signsItself(der: Buffer): boolean {
  const certificate = new X509Certificate(der)
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey)
}

function noAuthority(origin: string): PosternError {
  return new PosternError('untrusted', `${origin} does not show its certificate authority. No token was sent.`, {
    next: `postern login ${origin} --ca-file PATH`,
  })
}
