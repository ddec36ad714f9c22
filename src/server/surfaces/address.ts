import {isIP} from 'node:net'
import type {FastifyRequest} from 'fastify'

/** Where a request comes from. A trusted proxy may forward any text: what is no address is not believed, and the proxy's own stands. */
export const addressOf = (request: FastifyRequest): string | null =>
  isIP(request.ip) === 0 ? (request.socket.remoteAddress ?? null) : request.ip
