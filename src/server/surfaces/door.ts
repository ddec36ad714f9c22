import {randomUUID} from 'node:crypto'
import {createServer} from 'node:https'
import fastify, {type FastifyBaseLogger, type FastifyInstance, LogController} from 'fastify'
import {HEADERS_TIMEOUT, MAX_BODY_BYTES, MAX_HEADER_BYTES, REQUEST_TIMEOUT} from '../../contract/limits.ts'
import {requestId} from '../../contract/names.ts'
import type {Surface} from '../../contract/surfaces.ts'
import {Refused} from '../gate/refused.ts'
import {answeredLog} from '../logger.ts'
import type {Services} from '../services.ts'
import {addressOf} from './address.ts'
import {readJsonBodies} from './json-body.ts'
import {openApi} from './openapi.ts'
import {endWithProblem, sendProblem} from './problem.ts'
import {serve} from './serve.ts'
import {serveSignin} from './signin.ts'

export interface DoorOptions {
  services: Services
  surfaces: readonly Surface[]
  logger: FastifyBaseLogger
  /** PEM. The certificate is followed by its CA, so that `login` can show it. */
  tls: {key: string; cert: string}
  /** Addresses and CIDR blocks whose X-Forwarded-* headers are believed. */
  trustedProxies: readonly string[]
}

const noRoute = () => new Refused('not_found', 'There is no such route.')

/** A listener's application: the routes of its surfaces over TLS 1.2 and up, health, readiness and the OpenAPI document. */
export async function door({services, surfaces, logger, tls, trustedProxies}: DoorOptions): Promise<FastifyInstance> {
  const app = fastify({
    serverFactory: (handler) => {
      const server = createServer(
        {
          ...tls,
          minVersion: 'TLSv1.2',
          maxHeaderSize: MAX_HEADER_BYTES,
          requestTimeout: REQUEST_TIMEOUT,
          headersTimeout: HEADERS_TIMEOUT,
          // Both are looked at as often as this, in milliseconds.
          connectionsCheckingInterval: 5000,
          // Longer than a load balancer keeps its end, so that it is never the server who hangs up under a request.
          keepAliveTimeout: 65_000,
          // Refused below: Node's own answer is empty.
          requireHostHeader: false,
        },
        handler,
      )
      // Node would answer with an empty 417, and not at all.
      server.on('checkExpectation', ({socket}) => endWithProblem(new Error('expectation'), socket))
      return server.on('connect', (_request, socket) => endWithProblem(new Error('tunnel'), socket))
    },
    loggerInstance: logger,
    // One logger for all: a child for each request took as long as the request's own line. Lines name the request themselves.
    childLoggerFactory: (parent) => parent,
    exposeHeadRoutes: false,
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: {
      maxParamLength: 300,
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
    },
    requestIdHeader: false,
    genReqId: (request) => {
      const given = requestId.safeParse(request.headers['x-request-id'])
      return given.success ? given.data : randomUUID()
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    logController: new LogController({disableRequestLogging: true}),
    // What the router refuses by itself: its own answers repeat the path.
    frameworkErrors: sendProblem,
    clientErrorHandler: endWithProblem,
  })
  readJsonBodies(app)
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request, reply) => sendProblem(noRoute(), request, reply))
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000',
    })
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      reply.header('connection', 'close')
      throw new Refused('malformed', 'The request has no Host header.')
    }
    const given = request.headers['x-request-id']
    if (given !== undefined && !requestId.safeParse(given).success)
      throw new Refused('malformed', 'The request id is not well formed.')
    // Before the body is read: nobody had to say who they are.
    if (request.is404) throw noRoute()
  })
  const answered = answeredLog(logger)
  app.addHook('onResponse', async (request, reply) => {
    const {id: requestId, method} = request
    const route = request.routeOptions.url ?? null
    answered({requestId, method, route, status: reply.statusCode, address: addressOf(request)})
  })

  for (const surface of surfaces) serve(app, surface, services.context)
  if (surfaces.includes('dashboard')) serveSignin(app, services.context)
  let document: object | null = null
  app.get('/openapi.json', async () => {
    document ??= openApi(surfaces, services.context.version)
    return document
  })
  app.get('/healthz', async () => ({status: 'ok'}))
  app.get('/readyz', async () => {
    await services.ready()
    return {status: 'ready'}
  })
  await app.ready()
  return app
}
