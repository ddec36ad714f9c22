import {Buffer} from 'node:buffer'
import * as http from 'node:http'
import * as https from 'node:https'
import {PosternError} from './error.ts'
import {proxyFor} from './proxy.ts'
import {untrustedOf} from './untrusted.ts'

export interface TransportOptions {
  /** PEM. Where given, it alone is trusted; else the system's and Node's certificates. */
  ca?: string | null
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read. */
  env: Readonly<Record<string, string | undefined>>
}

/** The most bytes of an answer that are read: 64 MiB. */
const MAX_ANSWER = 64 * 1024 * 1024

/**
 * A `fetch` over node:https, since the built-in one can neither take a CA nor start quickly. It sends one request, follows no
 * redirect, and keeps the connection for the next. Rejects with `untrusted` when the server's certificate is not the one
 * that is trusted, and with the system's error (its `code` says why) when there is no answer.
 */
export function fetchOver({ca, env}: TransportOptions): typeof globalThis.fetch {
  const tls = {...(ca == null ? {} : {ca}), minVersion: 'TLSv1.2', keepAlive: true} as const
  let agents: {http: http.Agent; https: https.Agent} | null = null
  return async (input, init) => {
    const request = input instanceof Request && init === undefined ? input : new Request(input, init)
    const url = new URL(request.url)
    const body = request.body === null ? null : Buffer.from(await request.arrayBuffer())
    const secure = url.protocol === 'https:'
    agents ??= {http: new http.Agent({keepAlive: true}), https: new https.Agent(tls)}
    const agent = (await proxyFor(url, env, tls)) ?? (secure ? agents.https : agents.http)
    return send(request, url, body, secure, agent)
  }
}

function send(request: Request, url: URL, body: Buffer | null, secure: boolean, agent: http.Agent): Promise<Response> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(request.headers)
    if (body !== null) headers['content-length'] = String(body.length)
    const {signal, method} = request
    const sent = (secure ? https : http).request(url, {method, headers, agent, signal}, (answer) => {
      const chunks: Buffer[] = []
      let length = 0
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > MAX_ANSWER)
          answer.destroy(new PosternError('failed', `${url.origin} answered with more than 64 MiB.`))
        else chunks.push(chunk)
      })
      answer.on('error', reject)
      answer.on('end', () => resolve(responseOf(answer, Buffer.concat(chunks))))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => reject(untrustedOf(error, url) ?? error))
    sent.end(body ?? undefined)
  })
}

function responseOf(answer: http.IncomingMessage, body: Buffer): Response {
  const status = answer.statusCode ?? 502
  const headers = new Headers()
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
    headers.append(answer.rawHeaders[at]!, answer.rawHeaders[at + 1]!)
  const bodiless = status === 204 || status === 205 || status === 304
  return new Response(bodiless ? null : new Uint8Array(body), {status, headers})
}
