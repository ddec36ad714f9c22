import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {call} from '../../src/client/call.ts'
import type {Connection} from '../../src/client/connection.ts'
import {Headers, Response} from '../../src/client/messages.ts'
import {problems} from '../../src/contract/problems.ts'
import {routes} from '../../src/contract/routes/index.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const overloaded = {
  type: 'urn:postern:problem:overloaded',
  title: problems.overloaded.title,
  code: 'overloaded',
  detail: 'Come again.',
  requestId: 'from-the-server',
}

/** Answers each try with the next of these, and notes when it came, and under which request id. */
function server(answers: {status: number; retryAfter?: string}[]) {
  const began = Date.now()
  const tries: {at: number; requestId: string | null}[] = []
  const fetch: Connection['fetch'] = async (_, facts) => {
    const {status, retryAfter} = answers[tries.length]!
    tries.push({at: Date.now() - began, requestId: new Headers(facts?.headers as never).get('x-request-id') ?? null})
    const headers = new Headers(retryAfter === undefined ? {} : {'retry-after': retryAfter})
    return new Response(status, headers, JSON.stringify({...overloaded, status}))
  }
  const to: Connection = {origin: 'https://localhost', token: null, ca: null, fetch, timeout: 30_000}
  const ended = call(routes.whoami, {params: {}}, to).then(
    () => null,
    (error: {code: string}) => error.code,
  )
  return {ended, tries}
}

describe('what a server cannot answer now is asked again', () => {
  test.each([
    ['after as long as it says', '2', 2000],
    ['after no longer than five seconds', '3600', 5000],
    ['soon where it says nothing', undefined, 300],
    ['soon where it says what is no number of seconds', 'hunter2', 300],
  ])('%s, or up to half as long again, twice', async (_, retryAfter, least) => {
    const busy = {status: 503, ...(retryAfter !== undefined && {retryAfter})}
    const {ended, tries} = server([busy, busy, busy])
    await vi.advanceTimersByTimeAsync(least - 1)
    expect(tries).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(least / 2 + 1)
    expect(tries).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(tries).toHaveLength(3)
    expect(await ended).toBe('overloaded')
    expect(new Set(tries.map(({requestId}) => requestId)).size).toBe(1)
  })

  test('not all at the same time', async () => {
    const busy = {status: 503, retryAfter: '2'}
    const all = Array.from({length: 20}, () => server([busy, busy, busy]))
    await vi.advanceTimersByTimeAsync(60_000)
    for (const {ended} of all) await ended
    expect(new Set(all.map(({tries}) => tries[1]!.at)).size).toBeGreaterThan(10)
  })

  test.each([400, 403, 404, 409, 413, 429, 500])('but %i is an answer', async (status) => {
    const {ended, tries} = server([{status, retryAfter: '1'}])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await ended).not.toBeNull()
    expect(tries).toHaveLength(1)
  })
})
