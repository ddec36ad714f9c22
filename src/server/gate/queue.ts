import {MAX_IN_PROGRESS, MAX_WAIT, MAX_WAITING} from '../../contract/limits.ts'
import type {Waiting} from './asks.ts'
import {Refused} from './refused.ts'

/** What waits for a turn. Organizations, and the credentials of each, are served in turn; the asks of one in their order. */
export interface Queue {
  readonly length: number
  /**
   * @throws Refused `overloaded` when too much waits already, of all, of the organization or of the credential. What the
   * server itself asks is never refused, and an ask about one thing not because of how many others are about.
   */
  push: (one: Waiting) => void
  /** Takes out what has waited too long by `now`, in milliseconds. */
  takeLate: (now: number) => Waiting[]
  /** Takes out what may go in one turn. */
  takeTurn: () => Waiting[]
}

/** The most asks that share one transaction; of asks about many things, as many as are about so many. */
export const TURN = 256

export function createQueue(): Queue {
  let waiting: Waiting[] = []
  return {
    get length() {
      return waiting.length
    },
    push: (one) => {
      if (!isOwn(one) && isTooMuch(waiting, one)) throw overloaded()
      waiting.push(one)
    },
    takeLate: (now) => {
      const isLate = (one: Waiting) => !isOwn(one) && now - one.since > MAX_WAIT
      const late = waiting.filter(isLate)
      if (late.length > 0) waiting = waiting.filter((one) => !isLate(one))
      return late
    },
    takeTurn: () => {
      const now = nextTurn(inTurn(waiting))
      waiting = withoutTaken(waiting, now)
      return now
    },
  }
}

/** Of what was not looked at: a repeat of what was done before is told so too, so it does not say that nothing was done. */
export const overloaded = () =>
  new Refused('overloaded', 'The server has more to do than it can, and did not look at this request. Send it again.')

const weightOf = ({ask}: Waiting): number => ask.weight ?? 1
const isOwn = ({ask}: Waiting): boolean => ask.actor.kind === 'server'

/** Whether one more is too much for all, for its organization or for its credential. */
function isTooMuch(waiting: readonly Waiting[], one: Waiting): boolean {
  const ofOrganization = waiting.filter((other) => orgOf(other) === orgOf(one))
  const ofCredential = ofOrganization.filter((other) => credentialOf(other) === credentialOf(one))
  return (
    isFull(waiting, one, {places: 1, things: 1}) ||
    isFull(ofOrganization, one, {places: 3 / 4, things: 1 / 2}) ||
    isFull(ofCredential, one, {places: 1 / 2, things: 1 / 2})
  )
}

/** By how many wait, and, for an ask about many things, by how many things such asks are about. */
function isFull(waiting: readonly Waiting[], one: Waiting, part: {places: number; things: number}): boolean {
  if (waiting.length >= MAX_IN_PROGRESS * part.places) return true
  if (weightOf(one) <= 1) return false
  const things = waiting.map(weightOf).filter((weight) => weight > 1)
  return things.reduce((sum, weight) => sum + weight, weightOf(one)) > MAX_WAITING * part.things
}

const orgOf = ({ask}: Waiting): unknown => ask.actor.orgId
const credentialOf = ({ask}: Waiting): unknown => ask.actor.id

/** Goes by turns over the organizations, and within each over its credentials; what came first is first among equals. */
const inTurn = (waiting: readonly Waiting[]): Waiting[] => byTurns(byTurns(waiting, credentialOf), orgOf)

/** Puts first what the fewest things of its own group come before. */
function byTurns(waiting: readonly Waiting[], groupOf: (one: Waiting) => unknown): Waiting[] {
  const before = new Map<unknown, number>()
  const placed = waiting.map((one) => {
    const at = before.get(groupOf(one)) ?? 0
    before.set(groupOf(one), at + Math.max(1, weightOf(one)))
    return {one, at}
  })
  return placed.sort((a, b) => a.at - b.at).map(({one}) => one)
}

/** What is left. Who had a turn goes behind the others that wait: else what came first would go first, turn after turn. */
function withoutTaken(waiting: readonly Waiting[], taken: readonly Waiting[]): Waiting[] {
  const [asks, organizations, credentials] = [
    new Set(taken),
    new Set(taken.map(orgOf)),
    new Set(taken.map(credentialOf)),
  ]
  const turnsHad = (one: Waiting) => Number(organizations.has(orgOf(one))) + Number(credentials.has(credentialOf(one)))
  return waiting.filter((one) => !asks.has(one)).sort((a, b) => turnsHad(a) - turnsHad(b))
}

/** Takes what may go together. What changes who may do what ends a turn, and so does what goes over many names; a request id goes once a turn, so that its repeat sees it. */
function nextTurn(waiting: readonly Waiting[]): Waiting[] {
  const now: Waiting[] = []
  const seen = new Set<string>()
  let weight = 0
  for (const one of waiting) {
    const id = `${one.ask.actor.id} ${one.ask.requestId}`
    // What is recorded in two chains goes alone, so that their heads are locked in one order everywhere.
    if (weight >= TURN || seen.has(id) || (now.length > 0 && one.ask.operation.startsWith('orgs.'))) break
    seen.add(id)
    now.push(one)
    weight += weightOf(one)
    if (one.ask.verb === 'write' && !/^(secrets|variables)\.(?!purge$)/.test(one.ask.operation)) break
  }
  return now
}
