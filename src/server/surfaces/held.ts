import type {Kysely} from 'kysely'
import {CHANGES_HELD, MAX_HELD, MAX_HELD_BY_ONE} from '../../contract/limits.ts'
import {overloaded} from '../gate/queue.ts'
import type {Actor} from '../gate/types.ts'
import {numbersOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

/** How often it is looked whether something was recorded anywhere, in milliseconds: by other servers of the store, too. */
const LOOK = 500

type Reader = Pick<Kysely<Schema>, 'selectFrom'>

interface Asking<R> {
  /** What was answered already. */
  first: R
  /** Asks once more. */
  again: () => Promise<R>
  /** The client is gone. */
  gone: AbortSignal
}

/** Requests that wait until something changed. */
export interface Held {
  /**
   * Asks again after each entry of the organization's audit log, until the answer says that it changed; gives the last
   * answer when the time is over, the client is gone or the server ends. @throws Refused `overloaded`.
   */
  until: <R extends {changed: boolean}>(actor: Actor, asking: Asking<R>) => Promise<R>
  /** Lets all go with what they were answered last, and holds none any more. */
  end: () => void
}

interface Waiter {
  orgId: number
  /** The newest entry when it asked last; 0: not known, so that what came before it waits is not missed. */
  seen: number
  /** Called with the newest entry; null: wait no more. */
  wake: (sequence: number | null) => void
}

/** Holds requests by looking at the head of their organization's audit log: nothing changes without an entry. */
export function createHeld(reader: Reader, onOverload: () => void = () => {}, time = CHANGES_HELD): Held {
  const waiting = new Set<Waiter>()
  const holding = new Map<string, number>()
  let held = 0
  let looking = false
  let ended = false

  const look = async () => {
    const orgIds = [...new Set([...waiting].map(({orgId}) => orgId))]
    // A store that does not answer wakes nobody: who waits is answered when its time is over, and told then.
    const heads = await selectHeads(reader, JSON.stringify(orgIds)).catch(() => [])
    for (const {org_id, sequence} of heads)
      for (const one of waiting) if (one.orgId === org_id && one.seen !== sequence) one.wake(sequence)
  }
  const lookOn = () => {
    if (looking) return
    looking = true
    setTimeout(async () => {
      await look()
      looking = false
      if (waiting.size > 0) lookOn()
    }, LOOK).unref()
  }

  /** The newest entry once it is another one than was seen; null: wait no more. */
  const next = (orgId: number, seen: number, over: AbortSignal): Promise<number | null> =>
    new Promise((resolve) => {
      const stop = () => one.wake(null)
      const one: Waiter = {
        orgId,
        seen,
        wake: (sequence) => {
          waiting.delete(one)
          over.removeEventListener('abort', stop)
          resolve(sequence)
        },
      }
      waiting.add(one)
      over.addEventListener('abort', stop)
      if (ended || over.aborted) stop()
      else lookOn()
    })

  const take = (id: string) => {
    const own = holding.get(id) ?? 0
    if (held >= MAX_HELD || own >= MAX_HELD_BY_ONE) {
      onOverload()
      throw overloaded()
    }
    held += 1
    holding.set(id, own + 1)
  }
  const giveBack = (id: string) => {
    held -= 1
    const own = holding.get(id)! - 1
    if (own === 0) holding.delete(id)
    else holding.set(id, own)
  }

  return {
    until: async ({id, orgId}, {first, again, gone}) => {
      take(id)
      const over = AbortSignal.any([gone, AbortSignal.timeout(time)])
      try {
        let answer = first
        let seen: number | null = 0
        while (!answer.changed) {
          seen = await next(orgId, seen, over)
          if (seen === null) break
          answer = await again()
        }
        return answer
      } finally {
        giveBack(id)
      }
    },
    end: () => {
      ended = true
      for (const one of waiting) one.wake(null)
    },
  }
}

const selectHeads = prepared((db: Reader, orgIds: string) =>
  db.selectFrom('audit_heads').select(['org_id', 'sequence']).where('org_id', 'in', numbersOf(orgIds)),
)
