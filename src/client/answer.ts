import type {Problem} from '../contract/problem.ts'
import type {Connection} from './connection.ts'
import {codeOf, errorOf, PosternError} from './error.ts'
import type {Response} from './messages.ts'

/** How often what passes is asked again. */
export const RETRIES = 2

/** Between tries, in milliseconds: at least, and at most, whatever `Retry-After` says. */
const LEAST_WAIT = 300
const MOST_WAIT = 5000

/** The statuses of what passes: whoever is in between has no server behind it just now, or the server is not ready. */
export const PASSING = [502, 503, 504]

/**
 * How long to wait before the next try, in milliseconds: as long as the answer says, where there was one, within bounds; and
 * up to half as long again, so that those who were refused together do not come back so.
 */
export function pauseAfter(tried: number, answer: Response | null): number {
  const asked = answer === null ? 0 : retryAfter(answer)
  return Math.max(LEAST_WAIT * 2 ** (tried - 1), Math.min(asked, MOST_WAIT)) * (1 + Math.random() / 2)
}

/** What `Retry-After` says, in milliseconds; 0: nothing, or a date, which this machine's clock may see otherwise. */
function retryAfter({headers}: Response): number {
  const seconds = headers.get('retry-after') ?? ''
  return /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1000 : 0
}

/** The error for an answer that is not what was asked for. */
export function problemIn(text: string, status: number, requestId: string): PosternError {
  const problem = problemFrom(text)
  if (problem !== null) return errorOf(problem)
  if (status < 400) return redirected(requestId)
  return new PosternError(codeOf(status), `Something between here and the server answered with HTTP ${status}.`, {
    requestId,
  })
}

const TEXTS = ['type', 'title', 'code', 'detail', 'requestId'] as const
const MAYBE_TEXTS = ['operation', 'category', 'label', 'cliEquivalent', 'about'] as const
const MAYBE_NUMBERS = ['currentVersion', 'retryAfter'] as const

/** The problem that a text is; null: something in between answered, and its text is nobody's business here. */
export function problemFrom(text: string): Problem | null {
  // By hand, since what a workload imports holds no package: `src/contract/problem.ts` says the same.
  try {
    const given = JSON.parse(text) as Record<string, unknown> | null
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
    const has = (name: string, type: 'string' | 'number') =>
      typeof given[name] === type && (type === 'string' || Number.isFinite(given[name]))
    const may = (name: string, type: 'string' | 'number') => given[name] === undefined || has(name, type)
    const holds =
      TEXTS.every((name) => has(name, 'string')) &&
      has('status', 'number') &&
      MAYBE_TEXTS.every((name) => may(name, 'string')) &&
      MAYBE_NUMBERS.every((name) => may(name, 'number'))
    return holds ? (given as unknown as Problem) : null
  } catch {
    return null
  }
}

/** The error for a reply that no Postern server of a known version gives. */
export const notPostern = (to: Connection, requestId: string): PosternError =>
  new PosternError(
    'unreachable',
    `What answers at ${to.origin} is no Postern server, or one whose answers this version does not know.`,
    {
      requestId,
      next: 'Check the URL, and whether a proxy or a sign-in page answers in its place.',
    },
  )

/** The error for a try that took longer than `patience`, in milliseconds. */
export const tooLate = (to: Connection, patience: number, requestId: string): PosternError =>
  new PosternError('unreachable', `${to.origin} did not answer within ${patience / 1000} s.`, {requestId})

/** Copies the system's code and keeps no cause: the errors of the transport hold the request with its value. */
export function noAnswer(error: unknown, to: Connection, requestId: string): PosternError {
  if (error instanceof PosternError) return new PosternError(error.code, error.message, {...error.facts, requestId})
  const code = systemCode(error)
  return new PosternError('unreachable', `${to.origin} cannot be reached${code === null ? '' : ` (${code})`}.`, {
    requestId,
  })
}

function systemCode(error: unknown): string | null {
  const code = (error as {code?: unknown} | null)?.code ?? (error as {cause?: {code?: unknown}} | null)?.cause?.code
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : null
}

/** Not followed: the body, and with it the value, would go to wherever it says. */
const redirected = (requestId: string) =>
  new PosternError('unreachable', 'The answer is a redirection, and those are not followed.', {
    requestId,
    next: 'Sign in with the URL that it leads to: postern login URL',
  })
