import {Buffer} from 'node:buffer'
import * as http from 'node:http'
import * as https from 'node:https'
import type {ConnectionOptions, TLSSocket} from 'node:tls'
import {PosternError} from './error.ts'
import {agentKnowing, type GivenUp, isTrusted, type KnownCertificate, knownFrom} from './known-certificate.ts'
import {type Fetch, Headers, Request, Response} from './messages.ts'
import {proxyFor, refusedByProxy} from './proxy.ts'
import {untrustedOf} from './untrusted.ts'

export interface TransportOptions {
  /** PEM. Where given, it alone is trusted; else Node's certificates and those of NODE_EXTRA_CA_CERTS. */
  ca?: string | null
  /** The server's certificate, if one was verified against `ca` before. */
  known?: KnownCertificate | null
  /** Is told of a certificate that was verified against `ca`, and was not known. */
  learn?: (certificate: KnownCertificate) => void
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read. */
  env: Readonly<Record<string, string | undefined>>
}

/** The most bytes of an answer that are read: 64 MiB. */
export const MAX_ANSWER = 64 * 1024 * 1024

/** The floor of every connection to a server. `rejectUnauthorized` is said so that NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing. */
export const tlsFloor = {minVersion: 'TLSv1.2', rejectUnauthorized: true} as const satisfies ConnectionOptions

/**
 * A `fetch` over node:https, since the built-in one can neither take a CA nor start quickly. It sends one request, follows no
 * redirect, and keeps the connection for the next. Rejects with `untrusted` when the server's certificate is not the one
 * that is trusted, and with the system's error (its `code` says why) when there is no answer.
 */
export function fetchOver({ca, env, known = null, learn}: TransportOptions): Fetch {
  const tls = {...tlsFloor, ...(ca == null ? {} : {ca})}
  const agents = new Map<string, http.Agent>()
  const agentFor = async (url: URL): Promise<http.Agent> => {
    const kept = agents.get(url.origin)
    if (kept !== undefined) return kept
    const made = (await proxyFor(url, env)) ?? agentTo(url)
    agents.set(url.origin, made)
    return made
  }
  const agentTo = (url: URL): http.Agent => {
    if (url.protocol !== 'https:') return new http.Agent({keepAlive: true})
    return ca != null && known?.origin === url.origin ? agentKnowing(known) : new https.Agent({keepAlive: true})
  }
  let learns = ca != null && learn !== undefined
  const trusted = (socket: TLSSocket, {origin}: URL) => {
    if (learns && socket.authorized) learn?.(knownFrom(socket, origin))
    learns = false
  }
  return async (to, facts) => {
    const request = new Request(to, facts)
    const url = new URL(request.url)
    return send(request, url, {...tls, agent: await agentFor(url)}, trusted)
  }
}

function send(
  request: Request,
  url: URL,
  options: https.RequestOptions,
  trusted: (socket: TLSSocket, url: URL) => void,
): Promise<Response> {
  const secure = url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(request.headers)
    const body = request.text === null ? null : Buffer.from(request.text)
    if (body !== null) headers['content-length'] = String(body.length)
    const {method} = request
    const signal = request.signal ?? undefined
    const all: https.RequestOptions & GivenUp = {...options, method, headers, signal, givenUp: signal}
    const sent = (secure ? https : http).request(url, all, (answer) => {
      // Where a proxy refuses to connect, its own words come as the answer, in clear: nobody vouches for them.
      const socket: unknown = answer.socket
      if (isTrusted(socket)) trusted(socket, url)
      else if (secure) {
        answer.destroy()
        return reject(refusedByProxy(url, answer.statusCode))
      }
      const chunks: Buffer[] = []
      let length = 0
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_ANSWER)
          answer.destroy(new PosternError('failed', `${url.origin} answered with more than 64 MiB.`))
        else chunks.push(chunk)
      })
      answer.on('error', reject)
      answer.on('end', () => {
        if (isStatus(answer.statusCode)) resolve(responseOf(answer, Buffer.concat(chunks).toString()))
        else reject(new PosternError('failed', `${url.origin} answered with something that is not HTTP.`))
      })
    })
    sent.on('error', (error: NodeJS.ErrnoException) => reject(untrustedOf(error, url) ?? error))
    sent.end(body ?? undefined)
  })
}

const isStatus = (status: number | undefined): status is number => status !== undefined && status >= 200 && status < 600

function responseOf({statusCode, rawHeaders}: http.IncomingMessage, text: string): Response {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  return new Response(statusCode!, headers, text)
}
