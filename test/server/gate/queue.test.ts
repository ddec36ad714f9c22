import fc from 'fast-check'
import {expect, test} from 'vitest'
import {MAX_IN_PROGRESS, MAX_WAIT, MAX_WAITING} from '../../../src/contract/limits.ts'
import type {Waiting, WriteAsk} from '../../../src/server/gate/asks.ts'
import {createQueue, type Queue, TURN} from '../../../src/server/gate/queue.ts'
import {actor} from '../../world/actor.ts'

let made = 0
const waiting = (more: Partial<WriteAsk> = {}, since = 0): Waiting => {
  made += 1
  const ask = {verb: 'write', actor: actor(1), operation: 'secrets.set', requestId: `request-${made}`, ...more}
  return {ask: ask as WriteAsk, since, settle: () => {}}
}
const own = (since = 0) => waiting({actor: actor(0, {kind: 'server'}), operation: 'keys.retire'}, since)
const idsOf = (all: readonly Waiting[]) => all.map(({ask}) => ask.requestId)
const fill = (queue: Queue, count: number, more: Partial<WriteAsk> = {}, since = 0) => {
  for (let n = 0; n < count; n += 1) queue.push(waiting(more, since))
}
const refusal = (work: () => void) => {
  try {
    work()
    return null
  } catch (error) {
    return (error as {code?: string}).code
  }
}

/** As a token of an organization. */
const as = (tokenId: number, orgId = 1): Partial<WriteAsk> => ({actor: actor(tokenId, {orgId})})

/** How many of these are taken until one is refused. */
function taken(queue: Queue, more: Partial<WriteAsk>): number {
  for (let count = 0; ; count += 1) {
    const code = refusal(() => fill(queue, 1, more))
    if (code === null) continue
    expect(code).toBe('overloaded')
    return count
  }
}

test('as many asks wait as may be in progress, half of one credential, three quarters of one organization', () => {
  const queue = createQueue()
  expect(taken(queue, as(1))).toBe(MAX_IN_PROGRESS / 2)
  expect(taken(queue, as(2))).toBe(MAX_IN_PROGRESS / 4)
  expect(taken(queue, as(3))).toBe(0)
  expect(taken(queue, as(4, 2))).toBe(MAX_IN_PROGRESS / 4)
  expect(taken(queue, as(5, 3))).toBe(0)
  expect(queue.length).toBe(MAX_IN_PROGRESS)
  expect(queue.takeTurn()).toHaveLength(TURN)
  expect(taken(queue, as(5, 3))).toBe(TURN)
})

test('what waits is about so many things, half of one organization: a full call of each of two', () => {
  const queue = createQueue()
  const heavy = (orgId: number, weight = MAX_WAITING / 2) => ({...as(orgId, orgId), weight})
  expect(taken(queue, heavy(1))).toBe(1)
  expect(taken(queue, {...heavy(1, 2), ...as(9)})).toBe(0)
  expect(taken(queue, heavy(2, MAX_WAITING / 2 + 1))).toBe(0)
  expect(taken(queue, heavy(2))).toBe(1)
  expect(taken(queue, heavy(3, 2))).toBe(0)
  queue.takeTurn()
  expect(taken(queue, heavy(3, MAX_WAITING / 2 - 1))).toBe(1)
  expect(queue.length).toBe(2)
})

test('what is about one thing is taken however many others are about, of the same credential too', () => {
  const queue = createQueue()
  fill(queue, 1, {...as(1), weight: MAX_WAITING / 2})
  fill(queue, 1, {...as(2, 2), weight: MAX_WAITING / 2})
  expect(taken(queue, as(1))).toBe(MAX_IN_PROGRESS / 2 - 1)
})

test('nobody waits behind all that another asked: organizations, and credentials of one, are served in turn', () => {
  const queue = createQueue()
  const order: [string, Partial<WriteAsk>][] = [
    ['a1', {...as(1), weight: TURN}],
    ['a2', {...as(1), weight: TURN}],
    ['b1', as(2)],
    ['b2', as(2)],
    ['other1', as(3, 2)],
    ['other2', as(4, 2)],
  ]
  for (const [requestId, more] of order) queue.push(waiting({...more, requestId}))
  const turns: string[][] = []
  while (queue.length > 0) turns.push(idsOf(queue.takeTurn()))
  expect(turns).toEqual([['a1'], ['other1', 'b1', 'other2', 'a2'], ['b2']])
})

test('asks of one credential keep their order, and each has its turn, however many others come', () => {
  const one = fc.record({token: fc.integer({min: 1, max: 5}), weight: fc.constantFrom(1, 1, 3, TURN)})
  fc.assert(
    fc.property(fc.array(one, {minLength: 1, maxLength: 40}), (asked) => {
      const queue = createQueue()
      const pushed = asked.map(({token, weight}) => waiting({...as(token, token % 2), weight}))
      for (const ask of pushed) queue.push(ask)
      const done: Waiting[] = []
      for (let turns = 0; !pushed.every((ask) => done.includes(ask)); turns += 1) {
        expect(turns).toBeLessThan(pushed.length)
        // Somebody new each time.
        queue.push(waiting(as(1000 + turns, turns)))
        done.push(...queue.takeTurn())
      }
      for (const id of new Set(pushed.map(({ask}) => ask.actor.id))) {
        const own = (all: Waiting[]) => idsOf(all.filter(({ask}) => ask.actor.id === id))
        expect(own(done)).toEqual(own(pushed))
      }
    }),
  )
})

test('what the server itself asks is taken however much waits, and has its turn with the others', () => {
  const queue = createQueue()
  for (const token of [1, 2, 3, 4]) fill(queue, MAX_IN_PROGRESS / 4, as(token, token))
  expect(taken(queue, as(5, 5))).toBe(0)
  const one = own()
  queue.push(one)
  expect(queue.length).toBe(MAX_IN_PROGRESS + 1)
  expect(idsOf(queue.takeTurn())).toContain(one.ask.requestId)
})

test('what has waited too long is given back, but for what the server itself asks', () => {
  const queue = createQueue()
  const heavy = MAX_WAITING / 2
  const [first, job, second] = [waiting({weight: heavy}, 1000), own(1000), waiting({}, 1001)]
  for (const one of [first, job, second]) queue.push(one)
  expect(queue.takeLate(1000 + MAX_WAIT)).toEqual([])
  expect(idsOf(queue.takeLate(1001 + MAX_WAIT))).toEqual([first.ask.requestId])
  // Its weight is gone with it.
  fill(queue, 1, {weight: heavy}, 2000)
  expect(idsOf(queue.takeLate(1002 + MAX_WAIT))).toEqual([second.ask.requestId])
  expect(queue.takeTurn()).toContain(job)
})
