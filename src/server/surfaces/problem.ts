import {randomUUID} from 'node:crypto'
import {STATUS_CODES} from 'node:http'
import type {Duplex} from 'node:stream'
import type {FastifyError, FastifyReply, FastifyRequest} from 'fastify'
import type {Problem} from '../../contract/problem.ts'
import {type ProblemCode, problems} from '../../contract/problems.ts'
import {Refused} from '../gate/refused.ts'
import {storeFaultOf} from '../store/store-fault.ts'
import {escapeHtml, page} from './plain-page.ts'

/** What Fastify itself refuses, in this project's words. */
const framework: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'The body must be application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed', 'The body is empty.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed', 'The body is not as long as its header says.'],
  FST_ERR_BAD_URL: ['malformed', 'The path is not well formed.'],
  FST_ERR_MAX_PARAM_LENGTH: ['malformed', 'A name in the path is too long.'],
}

/** A body over the limit but not over this, in bytes, is read to its end and thrown away. */
const DRAINED = 48 * 1024 * 1024

/**
 * Lets a client that still sends too large a body read its answer: closed at once, the connection would be reset under its
 * writes, and the answer lost with it (RFC 9112, section 9.6). The server's request time-out bounds how long.
 */
function letItFinish(request: FastifyRequest, reply: FastifyReply): void {
  if (!(Number(request.headers['content-length']) <= DRAINED)) return
  reply.removeHeader('connection')
  request.raw.resume()
}

/** Answers any error as a problem document (RFC 9457). It repeats nothing of the request, and nothing of a fault. */
export function sendProblem(error: FastifyError | Refused | Error, request: FastifyRequest, reply: FastifyReply) {
  const {status, headers, body} = answerOf(refusedFor(error, request, reply), request.id)
  return reply.code(status).headers(headers).send(body)
}

/** Answers any error of a page as one, to who reads pages; to any other as a problem document. */
export function sendProblemPage(error: FastifyError | Refused | Error, request: FastifyRequest, reply: FastifyReply) {
  if (request.headers.accept?.includes('text/html') !== true) return sendProblem(error, request, reply)
  const refused = refusedFor(error, request, reply)
  const {status, title} = problems[refused.code]
  const said = `<p>${escapeHtml(refused.message)}</p><p>Request id: <code>${request.id}</code></p>`
  return page(reply.code(status ?? 500).headers(waitOf(refused)), title, said)
}

function refusedFor(error: FastifyError | Refused | Error, request: FastifyRequest, reply: FastifyReply): Refused {
  const refused = error instanceof Refused ? error : refusedOf(error as FastifyError, request)
  if (refused.code === 'internal')
    request.log.error({requestId: request.id, err: {name: error.name, stack: stackOf(error)}}, 'request failed')
  if (refused.code === 'too_large') letItFinish(request, reply)
  return refused
}

/** A refusal as an answer. */
export function answerOf(refused: Refused, requestId: string) {
  return {
    status: problems[refused.code].status ?? 500,
    headers: {'content-type': 'application/problem+json; charset=utf-8', ...waitOf(refused)},
    body: JSON.stringify(document(refused, requestId)),
  }
}

function waitOf({code, facts}: Refused): Record<string, string> {
  const seconds = facts.retryAfter ?? (problems[code].status === 503 ? 1 : null)
  return seconds === null ? {} : {'retry-after': String(seconds)}
}

/** What Node ends by itself, in this project's words; the rest is no HTTP request. */
const parser: Record<string, [ProblemCode, string]> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The path and headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not come in time.'],
}

/** How long such a client has to read why, in milliseconds. */
const LINGER = 2000

/** Answers what is no HTTP request, or does not come, on the bare socket, and ends it. */
export function endWithProblem(error: Error & {code?: string}, socket: Duplex): void {
  // Without a handshake there is nobody to answer, and the end would wait for it.
  const unheard =
    error.code === 'ECONNRESET' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT' || error.code?.startsWith('ERR_SSL')
  if (unheard || !socket.writable) {
    socket.destroy()
    return
  }
  const refused = new Refused(...(parser[error.code ?? ''] ?? ['malformed', 'This is no HTTP request.']))
  const problem = document(refused, randomUUID())
  const body = JSON.stringify(problem)
  const head = `content-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head}\r\n\r\n${body}`)
  // Who does not read it, or leaves its own end open, would keep the connection.
  const cut = setTimeout(() => socket.destroy(), LINGER).unref()
  socket.once('close', () => clearTimeout(cut))
}

function refusedOf(error: FastifyError, {routeOptions}: FastifyRequest): Refused {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Refused(
      'too_large',
      `The body is larger than the ${routeOptions.bodyLimit} bytes that this route takes.`,
    )
  const known = framework[error.code]
  if (known !== undefined) return new Refused(...known)
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Refused('malformed', 'The request is not well formed.')
  }
  const fault = storeFaultOf(error)
  if (fault !== null) return new Refused('unavailable', `The server’s store is ${fault}, and cannot be read now.`)
  return new Refused('internal', 'The server failed; its log has more under this request id.')
}

function document(refused: Refused, requestId: string): Problem {
  const {status, title} = problems[refused.code]
  return {
    type: `urn:postern:problem:${refused.code}`,
    title,
    status: status ?? 500,
    code: refused.code,
    detail: refused.message,
    requestId,
    ...refused.facts,
  }
}

/** Where it happened, without the message: a library's message may hold what it was given. */
const stackOf = (error: Error) =>
  error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n')
