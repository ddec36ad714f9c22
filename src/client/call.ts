import {randomUUID} from 'node:crypto'
import ky, {HTTPError, TimeoutError} from 'ky'
import type {Input, Reply, Route} from '../contract/route.ts'
import {prefixes} from '../contract/surfaces.ts'
import {noAnswer, notPostern, PASSING, pauseAfter, problemIn, RETRIES, tooLate} from './answer.ts'
import type {Connection} from './connection.ts'
import {PosternError} from './error.ts'
import type {Response} from './messages.ts'

type Sent<R extends Route> = Pick<Input<R>, 'params'> & Partial<Omit<Input<R>, 'params'>> & {requestId?: string}

/**
 * Calls one route and gives its reply, checked by the route's schema. A try that got no answer, or 502, 503, 504,
 * is made again twice with the same request id, so a write is done at most once; after as long as the answer says, but no
 * longer than about seven seconds.
 * @throws PosternError with the answer's code; `unreachable` or `untrusted` when there was no answer.
 */
export async function call<R extends Route>(route: R, input: Sent<R>, to: Connection): Promise<Reply<R>> {
  const requestId = input.requestId ?? randomUUID()
  const answer = await send(route, input, requestId, to)
  const text = await answer.text()
  if (!answer.ok) throw problemIn(text, answer.status, requestId)
  const reply = replyIn(route, text)
  if (reply === null) throw notPostern(to, requestId)
  return reply
}

function send<R extends Route>(route: R, input: Sent<R>, requestId: string, to: Connection): Promise<Response> {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent((input.params as Record<string, string>)[name] ?? ''),
  )
  const url = new URL(to.origin + (to.prefix ?? prefixes.cli) + path)
  for (const [name, value] of Object.entries((input.query ?? {}) as object)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  let refused: Response | null = null
  const shouldRetry = ({error}: {error: Error}) => {
    refused = error instanceof HTTPError ? (error.response as unknown as Response) : null
    // What the transport itself says (untrusted, no proxy) is no accident, and asking again does not change it.
    if (error instanceof PosternError) return false
    return error instanceof HTTPError ? true : undefined
  }
  // ky's types speak of fetch's own classes; what it runs with is src/client/messages.ts.
  const answered = ky(url, {
    method: route.method,
    headers: {
      'x-request-id': requestId,
      ...(to.token === null ? {} : {authorization: `Bearer ${to.token}`}),
      ...to.headers?.(),
    },
    ...(input.body === undefined ? {} : {json: input.body}),
    fetch: to.fetch as unknown as typeof fetch,
    timeout: to.timeout,
    // Only what is thrown is tried again.
    throwHttpErrors: (status) => PASSING.includes(status),
    retry: {
      limit: RETRIES,
      methods: ['get', 'put', 'post', 'delete'],
      statusCodes: PASSING,
      delay: (tried) => pauseAfter(tried, refused),
      shouldRetry,
    },
  }) as unknown as Promise<Response>
  return answered.catch((error: unknown) => {
    if (error instanceof HTTPError) return error.response as unknown as Response
    throw error instanceof TimeoutError ? tooLate(to, to.timeout, requestId) : noAnswer(error, to, requestId)
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
