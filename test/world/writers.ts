import {randomUUID} from 'node:crypto'
import {Agent} from 'node:https'
import {setTimeout as sleep} from 'node:timers/promises'
import {routes} from '../../src/contract/routes/index.ts'
import {target} from './browser.ts'
import {type Answer, request} from './request.ts'
import type {RunningServer} from './server.ts'

/** One request that writes: of one item a set, of more a bulk call. */
export interface Write {
  kind: 'secret' | 'variable'
  requestId: string
  items: readonly {key: string; value: string}[]
}

export interface Acknowledged extends Write {
  /** Of each item, the version that it was answered. */
  versions: readonly number[]
  /** When it was asked for the time that was answered, if an earlier time had no answer that says what became of it. */
  repeatedAt: string | null
}

/** Who writes without end, each one request after another, and each request again under its id until it is answered. */
export interface Writers {
  acknowledged: readonly Acknowledged[]
  /** Every answer that was a problem, as text. */
  problems: readonly string[]
  /** How often no answer said what became of a request: a cut connection, or `outcome_unknown`. */
  unknown: () => number
  /** Resolves once so many more were acknowledged. @throws what a writer met that must not happen. */
  more: (count: number) => Promise<void>
  /** No new requests; what is open is asked again until it is answered. Safe to call again. @throws as `more`. */
  stop: () => Promise<void>
  /** Ends at once, whatever is open. */
  abandon: () => void
}

interface WritersOptions {
  count: number
  scope: string
  token: string
  /** In every value. */
  canary: string
  /** The server as it is now; its URL is the same all the time. */
  server: () => Pick<RunningServer, 'url' | 'ca'>
  /** Whether they hang up now and then once a request is sent, and ask again. */
  hangUp?: boolean
}

/** What a client sees of a server that goes away, or is not there. */
const GONE = ['ECONNRESET', 'EPIPE', 'ECONNREFUSED']

/** Between two tries, in milliseconds. */
const PAUSE = 20

export function startWriters({count, scope, token, canary, server, hangUp = false}: WritersOptions): Writers {
  const acknowledged: Acknowledged[] = []
  const problems: string[] = []
  const waiting = new Set<{left: number; done: () => void; fail: (why: unknown) => void}>()
  const failures: unknown[] = []
  let unknown = 0
  let state: 'writing' | 'ending' | 'abandoned' = 'writing'

  const noteAnswered = () => {
    for (const one of waiting) {
      one.left -= 1
      if (one.left <= 0 && waiting.delete(one)) one.done()
    }
  }
  const noteFailure = (why: unknown) => {
    failures.push(why)
    for (const one of waiting) one.fail(why)
    waiting.clear()
  }

  /** Asks until it is answered with what was done. Null: given up. */
  const ask = async (write: Write, agent: Agent, hangsUp: boolean): Promise<Acknowledged | null> => {
    let repeats = false
    while (state !== 'abandoned') {
      const at = new Date().toISOString()
      const answer = await put(write, {scope, token, agent, server: server(), hangsUp: hangsUp && !repeats}).catch(
        cutShort,
      )
      if (typeof answer !== 'string' && answer.status === 200)
        return {...write, versions: versionsIn(answer), repeatedAt: repeats ? at : null}
      if (answer === 'cut' || (answer !== 'unsent' && !isNothingDone(answer, write, problems))) {
        repeats = true
        unknown += 1
      }
      await sleep(PAUSE)
    }
    return null
  }

  const run = async (writer: number): Promise<void> => {
    const agent = new Agent({keepAlive: true, maxSockets: 1})
    const last = new Map<string, number>()
    try {
      for (let turn = 0; state === 'writing'; turn++) {
        const answered = await ask(nextWrite(writer, turn, canary), agent, hangUp && turn % 5 === 3)
        if (answered === null) return
        for (const [index, {key}] of answered.items.entries()) {
          const name = `${answered.kind} ${key}`
          const version = answered.versions[index]!
          // Nobody else writes this name, so nothing may be lost of it nor done twice.
          if (key !== SHARED && version !== (last.get(name) ?? 0) + 1)
            throw new Error(`${name} was answered version ${version} after ${last.get(name) ?? 0}`)
          last.set(name, version)
        }
        acknowledged.push(answered)
        noteAnswered()
      }
    } finally {
      agent.destroy()
    }
  }

  const running = Promise.all(Array.from({length: count}, (_, writer) => run(writer).catch(noteFailure)))
  return {
    acknowledged,
    problems,
    unknown: () => unknown,
    more: (left) =>
      new Promise((done, fail) => {
        if (failures.length > 0) fail(failures[0])
        else waiting.add({left, done, fail})
      }),
    stop: async () => {
      state = 'ending'
      await running
      if (failures.length > 0) throw failures[0]
    },
    abandon: () => {
      state = 'abandoned'
    },
  }
}

function cutShort(error: NodeJS.ErrnoException & {unsent?: boolean}): 'cut' | 'unsent' {
  if (!GONE.includes(String(error.code))) throw error
  return error.unsent === true ? 'unsent' : 'cut'
}

/** A name that all writers write. */
const SHARED = 'SHARED'

const BULK = 20

function nextWrite(writer: number, turn: number, canary: string): Write {
  const item = (key: string, part = 0) => ({
    key,
    value: `${canary} ${writer} ${turn} ${part} ${'x'.repeat((turn * 37 + part) % 300)}`,
  })
  const kind = turn % 2 === 0 ? 'secret' : 'variable'
  const keys = turn % 11 === 10 ? Array.from({length: BULK}, (_, part) => `K${writer}_${part}`) : null
  return {
    kind,
    requestId: randomUUID(),
    items: keys?.map(item) ?? [item(turn % 5 === 4 ? SHARED : `K${writer}_${turn % 7}`)],
  }
}

function put(
  {kind, requestId, items}: Write,
  to: {scope: string; token: string; agent: Agent; server: Pick<RunningServer, 'url' | 'ca'>; hangsUp: boolean},
): Promise<Answer> {
  const values = items.map(({key, value}) => ({scope: to.scope, key, value: {encoding: 'utf8', data: value}}))
  const [{key, scope, ...only}] = values as [(typeof values)[0]]
  const one = {params: {key}, query: {scope}, body: only}
  const {method, path} =
    items.length === 1
      ? target('cli', kind === 'secret' ? routes.secretsSet : routes.variablesSet, one)
      : target('cli', kind === 'secret' ? routes.secretsSetMany : routes.variablesSetMany, {})
  return request(to.server.url, path, to.server.ca, {
    method,
    agent: to.agent,
    hangsUp: to.hangsUp,
    headers: {authorization: `Bearer ${to.token}`, 'x-request-id': requestId},
    body: items.length === 1 ? one.body : {items: values},
  })
}

function versionsIn({json, text}: Answer): number[] {
  const items: {version: number; changed: boolean}[] = Array.isArray(json.items) ? json.items : [json]
  // No value is written twice, so what changed nothing was not done.
  if (items.some(({changed}) => !changed)) throw new Error(`a write changed nothing: ${text}`)
  return items.map(({version}) => version)
}

/** Whether a refusal says that nothing was done; else it must say that this is unknown. Clear, and worth another try. */
function isNothingDone({status, headers, json, text}: Answer, write: Write, problems: string[]): boolean {
  problems.push(text)
  const clear = status === 503 && Number(headers['retry-after']) > 0 && json?.requestId === write.requestId
  if (clear && ['unavailable', 'overloaded'].includes(json.code)) return true
  if (clear && json.code === 'outcome_unknown') return false
  throw new Error(`answered ${status}, retry-after ${headers['retry-after']}: ${text}`)
}
