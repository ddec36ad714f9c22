import {randomUUID} from 'node:crypto'
import ky, {HTTPError, TimeoutError} from 'ky'
import {problem} from '../contract/problem.ts'
import type {Input, Reply, Route} from '../contract/route.ts'
import {prefixes} from '../contract/surfaces.ts'
import type {Connection} from './connection.ts'
import {codeOf, errorOf, PosternError} from './error.ts'

type Sent<R extends Route> = Pick<Input<R>, 'params'> & Partial<Omit<Input<R>, 'params'>> & {requestId?: string}

/**
 * Calls one route and gives its reply, checked by the route's schema. A try that got no answer, or 502, 503, 504,
 * is made again twice with the same request id, so a write is done at most once.
 * @throws PosternError with the answer's code; `unreachable` or `untrusted` when there was no answer.
 */
export async function call<R extends Route>(route: R, input: Sent<R>, to: Connection): Promise<Reply<R>> {
  const requestId = input.requestId ?? randomUUID()
  const answer = await send(route, input, requestId, to)
  const text = await answer.text().catch((error: unknown) => {
    throw noAnswer(error, to, requestId)
  })
  if (!answer.ok) throw problemIn(text, answer.status, requestId)
  return route.reply.parse(JSON.parse(text)) as Reply<R>
}

function send<R extends Route>(route: R, input: Sent<R>, requestId: string, to: Connection): Promise<Response> {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent((input.params as Record<string, string>)[name] ?? ''),
  )
  const url = new URL(to.origin + (to.prefix ?? prefixes.cli) + path)
  for (const [name, value] of Object.entries((input.query ?? {}) as object)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  return ky(url, {
    method: route.method,
    headers: {'x-request-id': requestId, ...(to.token === null ? {} : {authorization: `Bearer ${to.token}`})},
    ...(input.body === undefined ? {} : {json: input.body}),
    fetch: to.fetch,
    timeout: to.timeout,
    redirect: 'error',
    throwHttpErrors: false,
    retry: {
      limit: 2,
      methods: ['get', 'put', 'post', 'delete'],
      statusCodes: [502, 503, 504],
      backoffLimit: 2000,
      shouldRetry,
    },
  }).then(
    (answer) => answer,
    (error: unknown) => {
      throw noAnswer(error, to, requestId)
    },
  )
}

/** What the transport itself says (untrusted, no proxy) is no accident, and asking again does not change it. */
const shouldRetry = ({error}: {error: Error}) => (error instanceof PosternError ? false : undefined)

/** Copies the system's code and keeps no cause: the errors of the transport hold the request with its value. */
function noAnswer(error: unknown, to: Connection, requestId: string): PosternError {
  if (error instanceof PosternError) return new PosternError(error.code, error.message, {...error.facts, requestId})
  if (error instanceof TimeoutError) {
    return new PosternError('unreachable', `${to.origin} did not answer within ${to.timeout / 1000} s.`, {requestId})
  }
  if (error instanceof HTTPError)
    return new PosternError(codeOf(error.response.status), 'The server answered with an error.', {requestId})
  const code = systemCode(error)
  return new PosternError('unreachable', `${to.origin} cannot be reached${code === null ? '' : ` (${code})`}.`, {
    requestId,
  })
}

function systemCode(error: unknown): string | null {
  const code = (error as {code?: unknown} | null)?.code ?? (error as {cause?: {code?: unknown}} | null)?.cause?.code
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : null
}

function problemIn(text: string, status: number, requestId: string): PosternError {
  try {
    const parsed = problem.safeParse(JSON.parse(text))
    if (parsed.success) return errorOf(parsed.data)
  } catch {
    // Not JSON: something in between answered, and its text is nobody's business here.
  }
  return new PosternError(codeOf(status), `Something between here and the server answered with HTTP ${status}.`, {
    requestId,
  })
}
