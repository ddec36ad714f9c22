import type {Permission} from '../../contract/permissions.ts'
import {confirmActors} from '../credentials/confirm.ts'
import {allowanceOf} from './allowance.ts'
import type {DiscloseAsk, GateParts, Waiting, WriteAsk} from './asks.ts'
import {refusesAccess} from './permit.ts'
import {Refused} from './refused.ts'
import {takeTurn} from './turn.ts'
import type {Actor, Reached, Read} from './types.ts'

/** The only way to change or to disclose anything. */
export interface Gate {
  /** Looks: checks permission and scopes, hands over a handle that can only select. */
  read: <R>(ask: ReadAsk, look: (read: Read) => Promise<R>) => Promise<R>
  /** Changes: permission, policy, the noun's function, the audit entry, the commit; then the reply. */
  write: <I, R>(ask: Omit<WriteAsk<I, R>, 'verb'>) => Promise<R>
  /** Opens values for the caller; what was disclosed is recorded before it is answered. */
  disclose: <I, R>(ask: Omit<DiscloseAsk<I, R>, 'verb'>) => Promise<R>
  /** Refuses what comes, lets what waits finish. */
  close: () => Promise<void>
}

interface ReadAsk {
  actor: Actor
  permission: Permission | 'any'
  reached: Reached
  address: string | null
  /** The caller records a refusal itself. */
  recorded?: boolean
}

/** The most asks that share one transaction; of asks about many things, as many as are about so many. */
const TURN = 256

/** Makes the gate over a store. Asks that wait share the next transaction, so one fsync serves many. */
export function createGate(parts: GateParts): Gate {
  const allowance = allowanceOf(parts.now)
  let waiting: Waiting[] = []
  let closed = false
  let running: Promise<void> | null = null

  const run = async () => {
    while (waiting.length > 0) {
      await gather()
      const {now, later} = nextTurn(waiting)
      waiting = later
      await takeTurn(now, {...parts, allowance})
    }
    running = null
  }

  /** Laps of the event loop as long as they bring more, so that requests which arrive together go together. */
  const gather = async () => {
    let before: number
    do {
      before = waiting.length
      await new Promise((next) => setImmediate(next))
    } while (waiting.length > before && waiting.length < TURN)
  }

  const ask = <R>(one: WriteAsk | DiscloseAsk): Promise<R> =>
    new Promise((resolve, reject) => {
      if (closed) {
        reject(new Refused('unavailable', 'The server is shutting down.'))
        return
      }
      waiting.push({
        ask: one,
        settle: (answer) => ('error' in answer ? reject(answer.error) : resolve(answer.reply as R)),
      })
      running ??= run()
    })

  return {
    read: async (ask, look) => {
      const now = parts.now().toISOString()
      const confirmed = (await confirmActors(parts.store.reader, [ask.actor], now)).get(ask.actor) ?? null
      if (confirmed === null) throw new Refused('unauthenticated', 'The credential is no longer valid.')
      const refused = refusesAccess(confirmed, ask)
      if (refused !== null) {
        if (ask.recorded !== true) parts.onReadRefused?.(confirmed)
        throw refused
      }
      return look({actor: confirmed, db: parts.store.reader, now})
    },
    write: (one) => ask({verb: 'write', ...one}),
    disclose: (one) => ask({verb: 'disclose', ...one}),
    close: async () => {
      closed = true
      await running
    },
  }
}

/** Takes what may go together. What changes who may do what ends a turn, and so does what goes over many names; a request id goes once a turn, so that its repeat sees it. */
function nextTurn(waiting: readonly Waiting[]): {now: Waiting[]; later: Waiting[]} {
  const now: Waiting[] = []
  const seen = new Set<string>()
  let weight = 0
  for (const one of waiting) {
    const id = `${one.ask.actor.id} ${one.ask.requestId}`
    // What is recorded in two chains goes alone, so that their heads are locked in one order everywhere.
    if (weight >= TURN || seen.has(id) || (now.length > 0 && one.ask.operation.startsWith('orgs.'))) break
    seen.add(id)
    now.push(one)
    weight += one.ask.weight ?? 1
    if (one.ask.verb === 'write' && !/^(secrets|variables)\.(?!purge$)/.test(one.ask.operation)) break
  }
  return {now, later: waiting.slice(now.length)}
}
