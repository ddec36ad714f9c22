import {lookup} from 'node:dns/promises'
import {Agent, request} from 'node:https'
import {connect as connectTcp} from 'node:net'
import {type DetailedPeerCertificate, TLSSocket} from 'node:tls'
import {PosternError} from './error.ts'
import {proxyFor, refusedByProxy} from './proxy.ts'
import {fetchOver, tlsFloor} from './transport.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What a server showed in its handshake. Nothing is believed of it. */
export interface Handshake {
  /** As in TLSv1.3. */
  protocol: string
  /** Why the server is not trusted, by Node's code; null: it is. */
  distrust: string | null
  /** DER bytes: the server's certificate, then what vouches for it, as far as it was shown or is known. */
  chain: Buffer[]
}

/** The addresses that a host name stands for. @throws PosternError `unreachable`. */
export async function addressesOf(host: string, patience: number): Promise<string[]> {
  const found = await within(patience, lookup(host, {all: true})).catch((error: unknown) => {
    const next = `Check the name, and what resolves names here: getent hosts ${host}`
    throw unreachable(`The name ${host} has no address here`, error, next)
  })
  return found.map(({address}) => address)
}

/** Opens a TCP connection, and ends it; gives the address that answered. @throws PosternError `unreachable`. */
export function knock(host: string, port: number, patience: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({host, port})
    const fail = (error: unknown) => {
      socket.destroy()
      const next =
        codeOf(error) === 'ECONNREFUSED'
          ? 'postern server start   (on the server; nothing listens at this port)'
          : 'Check the network, and the firewalls between here and there.'
      reject(unreachable(`Nothing answers at ${host} port ${port}`, error, next))
    }
    socket.setTimeout(patience, () => fail({code: 'ETIMEDOUT'}))
    socket.once('error', fail)
    socket.once('connect', () => {
      resolve(socket.remoteAddress ?? host)
      socket.destroy()
    })
  })
}

/**
 * A TLS handshake with a server, through the proxy where one applies. No request is sent.
 * @throws PosternError `unreachable`.
 */
export async function handshake(
  url: URL,
  {ca, env, patience}: {ca: string | null; env: Env; patience: number},
): Promise<Handshake> {
  const agent = (await proxyFor(url, env)) ?? new Agent()
  return new Promise<Handshake>((resolve, reject) => {
    const trust = ca === null ? {} : {ca}
    // It is never ended, so that its headers never leave.
    const asked = request(url, {...tlsFloor, ...trust, agent, rejectUnauthorized: false})
    const late = setTimeout(() => asked.destroy(Object.assign(new Error(), {code: 'ETIMEDOUT'})), patience)
    asked.on('close', () => clearTimeout(late))
    asked.on('error', (error) => {
      const speaksOther = /SSL|TLS|EPROTO|ECONNRESET/.test(codeOf(error))
      const next = 'Check the port: what answers there speaks no TLS, or only what is older than TLS 1.2.'
      reject(unreachable(`${url.origin} cannot be reached`, error, speaksOther ? next : undefined))
    })
    asked.on('proxyConnect', ({statusCode}: {statusCode: number}) => {
      if (statusCode === 200) return
      reject(refusedByProxy(url, statusCode))
      asked.destroy()
    })
    asked.on('socket', (socket) => {
      if (!(socket instanceof TLSSocket)) return
      socket.once('secureConnect', () => {
        // Node's types call it an Error; it is a code.
        const distrust = socket.authorized ? null : String(socket.authorizationError)
        resolve({protocol: socket.getProtocol() ?? '', distrust, chain: chainOf(socket.getPeerCertificate(true))})
        asked.destroy()
      })
    })
  })
}

/** What a plain GET of the server answers, over the CA that is trusted; no credential goes with it. */
export async function ask(
  url: URL,
  {ca, env, patience}: {ca: string | null; env: Env; patience: number},
): Promise<{status: number; date: string | null; body: string}> {
  const answer = await fetchOver({ca, env})(url, {signal: AbortSignal.timeout(patience)}).catch((error: unknown) => {
    throw error instanceof PosternError ? error : unreachable(`${url.origin} does not answer`, error)
  })
  return {status: answer.status, date: answer.headers.get('date') ?? null, body: await answer.text()}
}

function chainOf(leaf: DetailedPeerCertificate): Buffer[] {
  const chain = [leaf.raw]
  for (let at = leaf; at.issuerCertificate?.raw !== undefined && !at.issuerCertificate.raw.equals(at.raw); ) {
    at = at.issuerCertificate
    chain.push(at.raw)
  }
  return chain
}

function within<T>(patience: number, work: Promise<T>): Promise<T> {
  let late: NodeJS.Timeout
  const end = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject({code: 'ETIMEDOUT'}), patience)
  })
  return Promise.race([work, end]).finally(() => clearTimeout(late))
}

/** The system's code says why; its message may hold more than that. */
function unreachable(what: string, error: unknown, next = 'Check the URL, and that the server runs.'): PosternError {
  return new PosternError('unreachable', `${what} (${codeOf(error)}).`, {next})
}

function codeOf(error: unknown): string {
  const {code, name} = error as {code?: unknown; name?: unknown}
  if (name === 'TimeoutError') return 'ETIMEDOUT'
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'failed'
}
