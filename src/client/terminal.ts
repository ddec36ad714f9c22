import {randomUUID} from 'node:crypto'
import type {ProblemCode} from '../contract/problems.ts'
import {prefixes} from '../contract/surfaces.ts'
import {noAnswer, notPostern, PASSING, problemIn} from './answer.ts'
import type {Connection} from './connection.ts'
import {codeOf, PosternError} from './error.ts'
import {isLoopback} from './loopback.ts'

// How a terminal signs in where a person does, and out again: before there is any credential, so it is no route of the contract.

/** What a terminal gets: a person's credential, and until when it lives at most. */
export interface Taken {
  token: string
  expiresAt: string
}

/**
 * What a terminal shows that has no browser: the code, and where to type it. What `url.href` has is printed and opened: it
 * holds no control character, and it is no file, no program's own scheme, and nobody's name in front of a host.
 * @throws PosternError `unreachable` for a page of another kind, and for one over http:// beyond loopback unless `insecureHttp`.
 */
export async function askForCode(
  to: Connection,
  verifier: string,
  insecureHttp: boolean,
): Promise<{code: string; url: URL}> {
  const {code, url: text} = await ask(to, 'POST', 'device', {verifier})
  const url = typeof text === 'string' ? pageAt(text, insecureHttp) : null
  if (typeof code === 'string' && /^[A-Z]{8}$/.test(code) && url !== null) return {code, url}
  throw notPostern(to, 'none')
}

/** The page that a text names; null: it is none to send a person to. */
function pageAt(text: string, insecureHttp: boolean): URL | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const isPlain = url.protocol === 'http:' && (isLoopback(url.hostname) || insecureHttp)
  return (url.protocol === 'https:' || isPlain) && url.username === '' && url.password === '' ? url : null
}

/** The credential; null: nobody has signed in yet. @throws PosternError `forbidden` when it is over, `not_found` without single sign-on. */
export async function take(to: Connection, sent: {verifier: string; link?: string}): Promise<Taken | null> {
  const {pending, token, expiresAt} = await ask(to, 'POST', 'session', sent)
  if (pending === true) return null
  if (typeof token === 'string' && typeof expiresAt === 'string') return {token, expiresAt}
  throw notPostern(to, 'none')
}

/** Ends the session whose credential the connection has. @throws PosternError `unauthenticated` when it has ended. */
export async function leave(to: Connection): Promise<void> {
  await ask(to, 'DELETE', 'session')
}

/** No answer, and what `problemIn` makes of PASSING: of a server that is not ready, and of whoever is in between. */
const passing: readonly ProblemCode[] = ['unreachable', 'overloaded', 'unavailable', ...PASSING.map(codeOf)]

/** Whether an error may be over when one looks again. */
export const passes = (error: unknown): error is PosternError =>
  error instanceof PosternError && passing.includes(error.code)

async function ask(
  to: Connection,
  method: 'POST' | 'DELETE',
  name: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const requestId = randomUUID()
  const headers = {
    'x-request-id': requestId,
    ...(body === undefined ? {authorization: `Bearer ${to.token}`} : {'content-type': 'application/json'}),
  }
  const text = body === undefined ? {} : {body: JSON.stringify(body)}
  const sent = {method, headers, ...text, signal: AbortSignal.timeout(to.timeout)}
  const answer = await to.fetch(new URL(`${to.origin}${prefixes.cli}/sso/${name}`), sent).catch((error: unknown) => {
    throw noAnswer(error, to, requestId)
  })
  const answered = await answer.text()
  if (!answer.ok) throw problemIn(answered, answer.status, requestId)
  try {
    const said: unknown = JSON.parse(answered)
    if (typeof said === 'object' && said !== null) return said as Record<string, unknown>
  } catch {
    // Said below, as of JSON of another form.
  }
  throw notPostern(to, requestId)
}
