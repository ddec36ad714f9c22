import {X509Certificate} from 'node:crypto'
import {PosternError} from '../../client/error.ts'
import {handshake} from '../../client/probe.ts'
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
  const {distrust, chain} = await handshake(new URL(origin), {ca: null, env, patience: TIMEOUT})
  const top = chain.at(-1)!
  if (distrust !== null && !signsItself(top)) throw noAuthority(origin)
  return {ca: pemOf(top), fingerprint: fingerprint(top), systemTrusts: distrust === null}
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
