import {randomUUID} from 'node:crypto'
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import {requestId} from '../../contract/names.ts'
import {overloaded} from '../gate/queue.ts'
import {credentialIn} from './credential-in.ts'
import {answerOf} from './problem.ts'
import type {Room} from './room.ts'

/** What answers however much there is to do. */
const PROBES = new Set(['/healthz', '/readyz'])

/** The headers of every answer, beside its request id. */
export const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000',
}

/**
 * Refuses what there is no room for before the framework sees it: that costs half as much, and who floods a server comes again
 * at once. It is counted, and has no line in the log.
 */
export const shedding =
  (handler: RequestListener, room: Room): RequestListener =>
  (request, response) => {
    if (!PROBES.has(request.url ?? '') && room.turnsAway(credentialIn(request.headers)))
      // Answered while Node still parses what follows on the connection, that would be lost with it.
      setImmediate(turnAway, request, response)
    else handler(request, response)
  }

const refused = overloaded()

function turnAway({headers}: IncomingMessage, response: ServerResponse): void {
  const given = requestId.safeParse(headers['x-request-id'])
  const id = given.success ? given.data : randomUUID()
  const {status, headers: said, body} = answerOf(refused, id)
  response
    .writeHead(status, {...said, ...ALWAYS, 'x-request-id': id, 'content-length': Buffer.byteLength(body)})
    .end(body)
}
