import type {Permission} from '../../contract/permissions.ts'
import {confirmActors} from '../credentials/confirm.ts'
import {together} from '../store/together.ts'
import {allowanceOf} from './allowance.ts'
import type {DiscloseAsk, GateParts, Waiting, WriteAsk} from './asks.ts'
import {entriesOf} from './entries.ts'
import {refusesAccess} from './permit.ts'
import {createQueue, overloaded, TURN} from './queue.ts'
import {Refused} from './refused.ts'
import {takeTurn} from './turn.ts'
import type {Actor, Reached, Read} from './types.ts'

/** How often late asks are looked for while a turn is taken, in milliseconds. */
const LOOK = 500

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

/** Makes the gate over a store. Asks that wait share the next transaction, so one fsync serves many; more than can be served soon is refused. */
export function createGate(parts: GateParts): Gate {
  const allowance = allowanceOf(parts.now)
  const hasEntries = entriesOf(parts.now, (actor) => parts.onSummed?.(actor, 'others'))
  const elapsed = parts.elapsed ?? (() => performance.now())
  const queue = createQueue()
  let closed = false
  let running: Promise<void> | null = null

  const shedLate = () => {
    for (const one of queue.takeLate(elapsed())) {
      parts.onOverload?.()
      one.settle({error: overloaded()})
    }
  }

  const run = async () => {
    // A turn may hang as long as its database does.
    const shedding = setInterval(shedLate, LOOK).unref()
    while (queue.length > 0) {
      await gather()
      shedLate()
      const turn = queue.takeTurn()
      if (turn.length > 0) await takeTurn(turn, {...parts, allowance, hasEntries})
    }
    clearInterval(shedding)
    running = null
  }

  /** Laps of the event loop as long as they bring more, so that requests which arrive together go together. */
  const gather = async () => {
    let before: number
    do {
      before = queue.length
      await new Promise((next) => setImmediate(next))
    } while (queue.length > before && queue.length < TURN)
  }

  /** Who reads is confirmed together with who reads at the same time. */
  const confirm = together(async (asked: {actor: Actor; now: string}[]) => {
    const actors = asked.map(({actor}) => actor)
    const confirmed = await confirmActors(parts.store.reader, actors, asked[asked.length - 1]!.now)
    return actors.map((actor) => confirmed.get(actor) ?? null)
  })

  const ask = <R>(one: WriteAsk | DiscloseAsk): Promise<R> =>
    new Promise((resolve, reject) => {
      if (closed) {
        reject(new Refused('unavailable', 'The server is shutting down.'))
        return
      }
      const settle: Waiting['settle'] = (answer) =>
        'error' in answer ? reject(answer.error) : resolve(answer.reply as R)
      try {
        queue.push({ask: one, since: elapsed(), settle})
      } catch (error) {
        parts.onOverload?.()
        throw error
      }
      running ??= run()
    })

  return {
    read: async (ask, look) => {
      const now = parts.now().toISOString()
      const confirmed = await confirm({actor: ask.actor, now})
      if (confirmed === null) throw new Refused('unauthenticated', 'The credential is no longer valid.')
      const refused = refusesAccess(confirmed, ask)
      if (refused !== null) {
        if (ask.recorded !== true) parts.onSummed?.(confirmed, 'reads')
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
