import type {RequestListener} from 'node:http'
import {createServer, type Server} from 'node:https'
import type {FastifyInstance} from 'fastify'
import {
  ANSWER_TIMEOUT,
  HANDSHAKE_TIMEOUT,
  HEADERS_TIMEOUT,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MAX_HEADERS,
  REQUEST_TIMEOUT,
} from '../../contract/limits.ts'
import {endWithProblem} from './problem.ts'

/** How long a client is waited for, in milliseconds, and how many are. */
export interface Patience {
  /** For the end of its TLS handshake. */
  handshake: number
  /** For the end of its headers, and of its whole request. */
  headers: number
  request: number
  /** How often these two are looked at. */
  look: number
  /** For its next request on a connection that is kept. */
  keepAlive: number
  /** Until it has read an answer. */
  answer: number
  /** The most connections. */
  connections: number
}

export const PATIENCE: Patience = {
  handshake: HANDSHAKE_TIMEOUT,
  headers: HEADERS_TIMEOUT,
  request: REQUEST_TIMEOUT,
  look: 5000,
  // Longer than a load balancer keeps its end, so that it is never the server who hangs up under a request.
  keepAlive: 65_000,
  answer: ANSWER_TIMEOUT,
  connections: MAX_CONNECTIONS,
}

/** An HTTPS server from TLS 1.2 up that waits for no client for ever. What is no request is answered as a problem. */
export function listener(tls: {key: string; cert: string}, patience: Patience, handler: RequestListener): Server {
  const server = createServer(
    {
      ...tls,
      minVersion: 'TLSv1.2',
      handshakeTimeout: patience.handshake,
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: patience.request,
      headersTimeout: patience.headers,
      connectionsCheckingInterval: patience.look,
      keepAliveTimeout: patience.keepAlive,
      // Refused by the door: Node's own answer is empty.
      requireHostHeader: false,
    },
    handler,
  )
  server.maxConnections = patience.connections
  // Node leaves out the rest silently: one more, and the door sees that there are too many.
  server.maxHeadersCount = MAX_HEADERS + 1
  // Whoever only keeps a connection goes, so that who comes again finds room.
  server.on('drop', () => server.closeIdleConnections())
  // Node would answer with an empty 417, and not at all.
  server.on('checkExpectation', ({socket}) => endWithProblem(new Error('expectation'), socket))
  return server.on('connect', (_request, socket) => endWithProblem(new Error('tunnel'), socket))
}

/** Ends the connection of a client that does not read its answer: until then, the answer is kept in memory. */
export function endUnread(app: FastifyInstance, {answer}: Pick<Patience, 'answer'>): void {
  app.addHook('onSend', async (_request, reply) => {
    const cut = setTimeout(() => reply.raw.destroy(), answer).unref()
    reply.raw.once('close', () => clearTimeout(cut))
  })
}
