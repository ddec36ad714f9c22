import {MAX_BODIES_BYTES, MAX_IN_PROGRESS, MAX_UNREAD_BYTES} from '../../contract/limits.ts'
import {overloaded} from '../gate/queue.ts'

/** What the server has in progress: so many requests, whose bodies, and unread answers, have so many bytes. */
export interface Room {
  /**
   * Takes a place for a request. Requests that come with one credential, right or wrong, take half of the room, and those of
   * one organization three quarters: who floods the server, or sends slowly, leaves the rest. It is asked before who that is,
   * since to find out takes its time; `suspect`: too many came in vain from there, and such take half together until then: who is
   * right among them, as a hundred that start behind one address, is served.
   * @throws Refused `overloaded`.
   */
  enter: (credential: string, suspect?: boolean) => Place
  /** Whether there is no place; then it counts as refused. */
  turnsAway: (credential: string) => boolean
  readonly requests: number
}

/** A request's place in the room, which has no bytes at first: a stranger gets none. */
export interface Place {
  /** Its credential is right, and of this organization. @throws Refused `overloaded`. */
  identified: (orgId: number) => void
  /** Takes room for so many bytes of its body. @throws Refused `overloaded`. */
  hold: (bytes: number) => void
  /** Takes room for so many bytes of its answer, which is kept until it is read. @throws Refused `overloaded`. */
  holdAnswer: (bytes: number) => void
  /**
   * Does what is done for the request, which keeps its place until then, whoever leaves meanwhile: a client that hangs up
   * takes nothing back of what it asked. @throws Refused `overloaded` when it has left already.
   */
  during: <R>(work: () => Promise<R>) => Promise<R>
  /** Gives it back, with its bytes, once nothing is done for it. It is safe to call again. */
  leave: () => void
}

interface Taken {
  requests: number
  bytes: number
  unread: number
}

const NOTHING: Taken = {requests: 0, bytes: 0, unread: 0}

/** Those who together may take a part of the room. */
interface Group {
  key: string
  part: number
}

const ALL: Group = {key: 'all', part: 1}
const SUSPECTS: Group = {key: 'suspects', part: 1 / 2}
const ofCredential = (credential: string): Group => ({key: `credential ${credential}`, part: 1 / 2})
const ofOrganization = (orgId: number): Group => ({key: `organization ${orgId}`, part: 3 / 4})

/** Makes room for the requests of all listeners. `onOverload` is told of each that is refused. */
export function createRoom(onOverload: () => void = () => {}): Room {
  const taken = new Map<string, Taken>()
  const takenBy = ({key}: Group): Taken => taken.get(key) ?? NOTHING
  const add = (group: Group, more: Taken) => {
    const {requests, bytes, unread} = takenBy(group)
    const requestsThen = requests + more.requests
    if (requestsThen === 0) taken.delete(group.key)
    else taken.set(group.key, {requests: requestsThen, bytes: bytes + more.bytes, unread: unread + more.unread})
  }
  const isFullFor = (groups: readonly Group[], more: Taken): boolean => {
    const full = groups.some((group) => isFull(group, takenBy(group), more))
    if (full) onOverload()
    return full
  }
  const take = (groups: readonly Group[], more: Taken) => {
    if (isFullFor(groups, more)) throw overloaded()
    for (const group of groups) add(group, more)
  }
  return {
    enter: (credential, suspect = false) => {
      const own: Taken = {...NOTHING, requests: 1}
      let groups = [ALL, ofCredential(credential), ...(suspect ? [SUSPECTS] : [])]
      take(groups, own)
      let working = 0
      let left = false
      const leave = () => {
        left = true
        if (working > 0) return
        for (const group of groups) add(group, {requests: -1, bytes: -own.bytes, unread: -own.unread})
        groups = []
      }
      return {
        identified: (orgId) => {
          const organization = ofOrganization(orgId)
          if (!groups.includes(ALL)) return
          take([organization], own)
          if (groups.includes(SUSPECTS)) add(SUSPECTS, {...NOTHING, requests: -1})
          groups = [...groups.filter((group) => group !== SUSPECTS), organization]
        },
        hold: (bytes) => {
          take(groups, {...NOTHING, bytes})
          if (groups.length > 0) own.bytes += bytes
        },
        holdAnswer: (unread) => {
          take(groups, {...NOTHING, unread})
          if (groups.length > 0) own.unread += unread
        },
        during: async (work) => {
          if (left) throw overloaded()
          working += 1
          try {
            return await work()
          } finally {
            working -= 1
            if (left) leave()
          }
        },
        leave,
      }
    },
    turnsAway: (credential) => isFullFor([ALL, ofCredential(credential)], {...NOTHING, requests: 1}),
    get requests() {
      return takenBy(ALL).requests
    },
  }
}

const isFull = ({part}: Group, {requests, bytes, unread}: Taken, more: Taken): boolean =>
  requests + more.requests > MAX_IN_PROGRESS * part ||
  bytes + more.bytes > MAX_BODIES_BYTES * part ||
  unread + more.unread > MAX_UNREAD_BYTES * part
