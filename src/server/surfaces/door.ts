import {randomUUID} from 'node:crypto'
import fastify, {type FastifyBaseLogger, type FastifyInstance, LogController} from 'fastify'
import {MAX_BODY_BYTES, MAX_HEADERS, MAX_URL_BYTES} from '../../contract/limits.ts'
import {requestId} from '../../contract/names.ts'
import type {Surface} from '../../contract/surfaces.ts'
import {Refused} from '../gate/refused.ts'
import {answeredLog} from '../logger.ts'
import type {Services} from '../services.ts'
import type {Provider} from '../sso/provider.ts'
import {addressOf} from './address.ts'
import {readJsonBodies} from './json-body.ts'
import {endUnread, listener, PATIENCE, type Patience} from './listener.ts'
import {openApi} from './openapi.ts'
import {servePage} from './page.ts'
import {endWithProblem, sendProblem} from './problem.ts'
import {serve} from './serve.ts'
import {ALWAYS, shedding} from './shed.ts'
import {serveSignin} from './signin.ts'
import {serveSso} from './sso.ts'
import {serveDevice, serveTerminal} from './terminal.ts'

export interface DoorOptions {
  services: Services
  surfaces: readonly Surface[]
  logger: FastifyBaseLogger
  /** PEM. The certificate is followed by its CA, so that `login` can show it. */
  tls: {key: string; cert: string}
  /** Addresses and CIDR blocks whose X-Forwarded-* headers are believed. */
  trustedProxies: readonly string[]
  /** By default as docs/limits.md says. */
  patience?: Partial<Patience>
  /** The folder that the dashboard's page was built into; without, there is none to see. */
  page?: string
  /** Where people sign in besides; without, by links alone. */
  sso?: Provider
}

const noRoute = () => new Refused('not_found', 'There is no such route.')

/** A listener's application: the routes of its surfaces over TLS 1.2 and up, health, readiness and the OpenAPI document. */
export async function door(options: DoorOptions): Promise<FastifyInstance> {
  const {services, surfaces, logger, tls, trustedProxies} = options
  const patience = {...PATIENCE, ...options.patience}
  const app = fastify({
    serverFactory: (handler) => listener(tls, patience, shedding(handler, services.context.room)),
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
    reply.headers({'x-request-id': request.id, ...ALWAYS})
    if (request.raw.rawHeaders.length > 2 * MAX_HEADERS)
      throw new Refused('headers_too_large', `The request has more than ${MAX_HEADERS} headers.`)
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      reply.header('connection', 'close')
      throw new Refused('malformed', 'The request has no Host header.')
    }
    if (Buffer.byteLength(request.raw.url ?? '') > MAX_URL_BYTES)
      throw new Refused('url_too_long', `The URL has more than ${MAX_URL_BYTES / 1024} KiB.`)
    const given = request.headers['x-request-id']
    if (given !== undefined && !requestId.safeParse(given).success)
      throw new Refused('malformed', 'The request id is not well formed.')
    // Before the body is read: nobody had to say who they are.
    if (request.is404) throw noRoute()
  })
  endUnread(app, patience)
  const answered = answeredLog(logger)
  app.addHook('onResponse', async (request, reply) => {
    const {id: requestId, method} = request
    const route = request.routeOptions.url ?? null
    answered({requestId, method, route, status: reply.statusCode, address: addressOf(request)})
  })

  for (const surface of surfaces) serve(app, surface, services.context)
  if (surfaces.includes('dashboard')) {
    serveSignin(app, services.context)
    const {page, sso} = options
    if (page !== undefined) servePage(app, {folder: page, sso: sso !== undefined})
    if (sso !== undefined) {
      serveSso(app, services.context, sso, logger)
      serveDevice(app, services.context)
    }
  }
  if (surfaces.includes('cli') && options.sso !== undefined) serveTerminal(app, services.context)
  let document: string | null = null
  app.get('/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(openApi(surfaces, services.context.version))
    return reply.type('application/json; charset=utf-8').send(document)
  })
  app.get('/healthz', async () => ({status: 'ok'}))
  app.get('/readyz', async () => {
    await services.ready()
    return {status: 'ready'}
  })
  await app.ready()
  return app
}
