import * as http from 'node:http'
import * as https from 'node:https'
import * as net from 'node:net'
import {makeAuthority, makeLeaf} from '../../src/server/tls/certificates.ts'

const DAY = 24 * 60 * 60 * 1000

/** A server on loopback that answers as `handle` says; `seen` counts the requests that reached it. */
export interface Answering {
  /** With `localhost` as its host. */
  url: string
  port: number
  /** Of the authority, PEM. */
  ca: string
  seen: string[]
  connections: () => number
  close: () => Promise<void>
}

export interface Certificate {
  names?: string[]
  /** Days from now at which it was made; it holds for ninety. */
  madeIn?: number
  /** Days from now at which the authority was made; it holds for ten years. */
  authorityMadeIn?: number
  /** Whether the authority goes with it. */
  chain?: boolean
  maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
}

type Handle = (request: http.IncomingMessage, response: http.ServerResponse) => void

export async function tlsServer(handle: Handle, given: Certificate = {}): Promise<Answering> {
  const authority = await makeAuthority(new Date(Date.now() + (given.authorityMadeIn ?? -200) * DAY))
  const leaf = await makeLeaf(authority, given.names ?? ['localhost'], new Date(Date.now() + (given.madeIn ?? 0) * DAY))
  const cert = given.chain === false ? leaf.cert : leaf.cert + authority.cert
  const old = given.maxVersion === 'TLSv1.1'
  const server = https.createServer({
    key: leaf.key,
    cert,
    ...(given.maxVersion ? {maxVersion: given.maxVersion} : {}),
    ...(old ? {minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0'} : {}),
  })
  return {...(await answering(server, handle, 'https')), ca: authority.cert}
}

export async function plainServer(handle: Handle): Promise<Answering> {
  return {...(await answering(http.createServer(), handle, 'http')), ca: ''}
}

async function answering(server: http.Server, handle: Handle, scheme: string) {
  const seen: string[] = []
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  server.on('tlsClientError', () => {})
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    seen.push(`${request.method} ${request.url}`)
    handle(request, response)
  })
  const port = await listening(server)
  return {
    url: `${scheme}://localhost:${port}`,
    port,
    seen,
    connections: () => connections,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

/** A CONNECT proxy: to `target` whatever is asked for, or `refusal`, the bytes that it answers instead. */
export async function connectProxy(
  answer: {target: number} | {refusal: string},
): Promise<{url: string; asked: string[]; headers: http.IncomingHttpHeaders[]; close: () => Promise<void>}> {
  const asked: string[] = []
  const headers: http.IncomingHttpHeaders[] = []
  const open = new Set<net.Socket>()
  const server = http.createServer()
  server.on('connect', (request, client: net.Socket) => {
    asked.push(request.url ?? '')
    headers.push(request.headers)
    open.add(client)
    client.on('error', () => {})
    if ('refusal' in answer) return client.end(answer.refusal)
    const upstream = net.connect(answer.target, 'localhost', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  const port = await listening(server)
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    headers,
    close: () =>
      new Promise<void>((done) => {
        for (const socket of open) socket.destroy()
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, 'localhost', done))
  return (server.address() as net.AddressInfo).port
}
