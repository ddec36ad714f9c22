import {randomUUID} from 'node:crypto'
import {setTimeout as pause} from 'node:timers/promises'
import {noAnswer, notPostern, PASSING, pauseAfter, problemIn, RETRIES, tooLate} from './answer.ts'
import type {Connection} from './connection.ts'
import {PosternError} from './error.ts'
import type {Response} from './messages.ts'
import {changesFrom, type Resolved, resolvedFrom, type Workload, workloadFrom} from './workload-replies.ts'

export type {Resolved, ResolvedItem, Workload} from './workload-replies.ts'

// The calls of the workload surface, without the packages that src/client/call.ts needs: a workload imports this.

/** Where the routes of the workload surface begin. */
const PREFIX = '/workload/v1'

/** What to ask of an environment: all of it, or what both filters let through. */
export interface Filters {
  /** Globs of keys. */
  only?: readonly string[] | undefined
  /** Patterns of scopes. */
  scopes?: readonly string[] | undefined
}

/** How long the server holds a request for changes, in milliseconds, and what the way there and back may take beyond. */
const HELD = 50_000

/** At least between two requests for changes, in milliseconds, should something in between answer at once. */
const BREATH = 1000

/**
 * What the environment of the credential gives; `unchanged`: what it gave under this etag. A try that got no answer, or 502,
 * 503, 504, is made again twice. It takes all of the reply or none.
 * @throws PosternError with the answer's code; `unreachable` or `untrusted` when there was no answer.
 */
export async function resolve(
  to: Connection,
  {etag, signal, ...filters}: Filters & {etag?: string | undefined; signal?: AbortSignal | undefined} = {},
): Promise<Resolved | 'unchanged'> {
  const headers: Record<string, string> = etag === undefined ? {} : {'if-none-match': `"${etag}"`}
  const {unchanged, read} = await ask(to, 'resolve', {query: queryOf(filters), headers, signal, patience: to.timeout})
  if (unchanged && etag !== undefined) return 'unchanged'
  return read(resolvedFrom)
}

/**
 * Waits until the environment gives something other than it did under `etag`, and gives the new etag. Each request is held by
 * the server, so that nothing is asked over and over.
 * @throws PosternError as `resolve` does; the signal's reason once it is aborted.
 */
export async function waitForChange(
  to: Connection,
  {etag, signal, ...filters}: Filters & {etag: string; signal?: AbortSignal | undefined},
): Promise<string> {
  for (;;) {
    const began = performance.now()
    const query = {...queryOf(filters), etag}
    const {read} = await ask(to, 'changes', {query, signal, patience: to.timeout + HELD})
    const now = await read(changesFrom)
    if (now.changed) return now.etag
    await pausing(BREATH - (performance.now() - began), signal)
  }
}

/** Who the credential is to the server. @throws PosternError as `resolve` does. */
export async function whoami(to: Connection): Promise<Workload> {
  const {read} = await ask(to, 'whoami', {patience: to.timeout})
  return read(workloadFrom)
}

interface Asked {
  query?: Record<string, string>
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** For one try, in milliseconds. */
  patience: number
}

/** An answer, and what its body says to `from`, which gives null for what it does not know. */
interface Answered {
  unchanged: boolean
  read: <T>(from: (body: unknown) => T | null) => Promise<T>
}

async function ask(
  to: Connection,
  name: string,
  {query = {}, headers = {}, signal, patience}: Asked,
): Promise<Answered> {
  const requestId = randomUUID()
  const url = new URL(`${to.origin}${PREFIX}/${name}`)
  for (const [field, text] of Object.entries(query)) url.searchParams.set(field, text)
  const credential: Record<string, string> = to.token === null ? {} : {authorization: `Bearer ${to.token}`}
  const all = {...headers, ...credential, 'x-request-id': requestId}
  for (let tried = 1; ; tried += 1) {
    const last = tried > RETRIES
    const late = AbortSignal.timeout(patience)
    const either = signal === undefined ? late : AbortSignal.any([late, signal])
    const answer = await to.fetch(url, {headers: all, signal: either}).catch((error: unknown) => {
      signal?.throwIfAborted()
      if (late.aborted) throw tooLate(to, patience, requestId)
      // What the transport itself says (untrusted, no proxy) is no accident, and asking again does not change it.
      if (last || error instanceof PosternError) throw noAnswer(error, to, requestId)
      return null
    })
    if (answer !== null && (last || !PASSING.includes(answer.status))) return answered(answer, to, requestId)
    await pausing(pauseAfter(tried, answer), signal)
  }
}

function answered(answer: Response, to: Connection, requestId: string): Answered {
  const read: Answered['read'] = async (from) => {
    const text = await answer.text()
    if (!answer.ok) throw problemIn(text, answer.status, requestId)
    const reply = from(parsed(text))
    if (reply === null) throw notPostern(to, requestId)
    return reply
  }
  return {unchanged: answer.status === 304, read}
}

/** @throws the signal's reason once it is aborted. */
async function pausing(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms > 0) await pause(ms, undefined, {...(signal !== undefined && {signal})}).catch(() => {})
  signal?.throwIfAborted()
}

function queryOf({only, scopes}: Filters): Record<string, string> {
  return {...(only !== undefined && {only: only.join(',')}), ...(scopes !== undefined && {scope: scopes.join(',')})}
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
