import {randomUUID} from 'node:crypto'
import ky, {HTTPError, TimeoutError} from 'ky'
import {problem} from '../contract/problem.ts'
import type {Input, Reply, Route} from '../contract/route.ts'
import {prefixes} from '../contract/surfaces.ts'
import type {Connection} from './connection.ts'
import {codeOf, errorOf, PosternError} from './error.ts'
import type {Response} from './messages.ts'

type Sent<R extends Route> = Pick<Input<R>, 'params'> & Partial<Omit<Input<R>, 'params'>> & {requestId?: string}

/**
 * Calls one route and gives its reply, checked by the route's schema. A try that got no answer, or 502, 503, 504,
 * is made again twice with the same request id, so a write is done at most once.
 * @throws PosternError with the answer's code; `unreachable` or `untrusted` when there was no answer.
 */
export async function call<R extends Route>(route: R, input: Sent<R>, to: Connection): Promise<Reply<R>> {
  const requestId = input.requestId ?? randomUUID()
  const answer = await send(route, input, requestId, to)
  const text = await answer.text()
  if (!answer.ok) throw problemIn(text, answer.status, requestId)
  return replyIn(route, text) ?? notPostern(to, requestId)
}

/** The statuses of what passes: whoever is in between has no server behind it just now, or the server is not ready. */
const PASSING = [502, 503, 504]

function send<R extends Route>(route: R, input: Sent<R>, requestId: string, to: Connection): Promise<Response> {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent((input.params as Record<string, string>)[name] ?? ''),
  )
  const url = new URL(to.origin + (to.prefix ?? prefixes.cli) + path)
  for (const [name, value] of Object.entries((input.query ?? {}) as object)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  // ky's types speak of fetch's own classes; what it runs with is src/client/messages.ts.
  const answered = ky(url, {
    method: route.method,
    headers: {'x-request-id': requestId, ...(to.token === null ? {} : {authorization: `Bearer ${to.token}`})},
    ...(input.body === undefined ? {} : {json: input.body}),
    fetch: to.fetch as unknown as typeof fetch,
    timeout: to.timeout,
    // Only what is thrown is tried again.
    throwHttpErrors: (status) => PASSING.includes(status),
    retry: {
      limit: 2,
      methods: ['get', 'put', 'post', 'delete'],
      statusCodes: PASSING,
      backoffLimit: 2000,
      maxRetryAfter: 5000,
      shouldRetry,
    },
  }) as unknown as Promise<Response>
  return answered.catch((error: unknown) => {
    if (error instanceof HTTPError) return error.response as unknown as Response
    throw noAnswer(error, to, requestId)
  })
}

/** The reply, checked by the route's schema; null: it is none. */
function replyIn<R extends Route>(route: R, text: string): Reply<R> | null {
  try {
    return route.reply.parse(JSON.parse(text)) as Reply<R>
  } catch {
    return null
  }
}

function notPostern(to: Connection, requestId: string): never {
  throw new PosternError(
    'unreachable',
    `What answers at ${to.origin} is no Postern server, or one whose answers this version does not know.`,
    {
      requestId,
      next: 'Check the URL, and whether a proxy or a sign-in page answers in its place.',
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
  if (status < 400) return redirected(requestId)
  return new PosternError(codeOf(status), `Something between here and the server answered with HTTP ${status}.`, {
    requestId,
  })
}

/** Not followed: the body, and with it the value, would go to wherever it says. */
const redirected = (requestId: string) =>
  new PosternError('unreachable', 'The answer is a redirection, and those are not followed.', {
    requestId,
    next: 'Sign in with the URL that it leads to: postern login URL',
  })
