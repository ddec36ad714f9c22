import {ask} from '../../client/probe.ts'
import {type Found, failed, ok, warn} from './checklist.ts'
import {spanOf} from './span.ts'

type Over = Parameters<typeof ask>[1]

/** In seconds; the Date field has whole ones. */
const MOST_SKEW = 30

/** Whether a Postern server answers there, and is ready; gives its Date field, and how far this clock is ahead of it. */
export async function checkServer(
  origin: string,
  over: Over,
  now: () => Date,
): Promise<Found & {gives?: {ahead: number | null}}> {
  const before = now().getTime()
  const alive = await ask(new URL('/healthz', origin), over)
  const middle = (before + now().getTime()) / 2
  if (alive.status !== 200 || !says(alive.body, 'ok'))
    return failed(
      'unreachable',
      `What answers at ${origin} is no Postern server (HTTP ${alive.status}).`,
      'Check the URL, and whether a proxy or a sign-in page answers in its place.',
    )
  const date = alive.date === null ? Number.NaN : Date.parse(alive.date)
  const gives = {ahead: Number.isNaN(date) ? null : Math.round((middle - date) / 1000)}
  const ready = await ask(new URL('/readyz', origin), over)
  if (ready.status !== 200 || !says(ready.body, 'ready'))
    return {
      ...failed(
        'unavailable',
        `The server runs, and is not ready (HTTP ${ready.status}).`,
        'Look into the server’s log, and whether its disk is full or its database read-only.',
      ),
      gives,
    }
  return {...ok('it runs, and is ready'), gives}
}

/** Whether both clocks say the same: certificates, tokens and links end by the clock. */
export function checkClock(ahead: number | null): Found {
  if (ahead === null)
    return warn('the server does not say what time it is', 'Check whether a proxy takes the Date field away.')
  const seconds = Math.abs(ahead)
  if (seconds <= MOST_SKEW) return ok(`both clocks agree within ${MOST_SKEW} s`)
  return warn(
    `this clock is ${spanOf(seconds)} ${ahead > 0 ? 'ahead of' : 'behind'} the server's`,
    'Have both clocks set by NTP: timedatectl set-ntp true',
  )
}

function says(body: string, status: string): boolean {
  try {
    return (JSON.parse(body) as {status?: unknown} | null)?.status === status
  } catch {
    return false
  }
}
