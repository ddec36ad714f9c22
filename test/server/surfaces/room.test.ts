import fc from 'fast-check'
import {expect, test} from 'vitest'
import {MAX_BODIES_BYTES, MAX_BULK_BODY_BYTES, MAX_IN_PROGRESS, MAX_UNREAD_BYTES} from '../../../src/contract/limits.ts'
import {createRoom, type Room} from '../../../src/server/surfaces/room.ts'

/** Takes a place for a request with a valid token of an organization, if there is one; gives what gives it back. */
function enter(room: Room, credential: string, bytes = 0, orgId = Number(credential)): (() => void) | null {
  let leave = () => {}
  try {
    const place = room.enter(credential)
    leave = place.leave
    place.identified(orgId)
    place.hold(bytes)
    return leave
  } catch (error) {
    leave()
    expect(error).toMatchObject({code: 'overloaded'})
    return null
  }
}
const entered = (room: Room, count: number, credential: string, bytes = 0) =>
  Array.from({length: count}, () => enter(room, credential, bytes)).filter((place) => place !== null)

test('has place for so many requests, half of them of one credential', () => {
  let refused = 0
  const room = createRoom(() => {
    refused += 1
  })
  const first = entered(room, MAX_IN_PROGRESS, '1')
  expect([first.length, refused]).toEqual([MAX_IN_PROGRESS / 2, MAX_IN_PROGRESS / 2])
  expect(entered(room, MAX_IN_PROGRESS, '2')).toHaveLength(MAX_IN_PROGRESS / 2)
  expect(entered(room, 1, '3')).toEqual([])
  first[0]!()
  first[0]!()
  expect(entered(room, 2, '3')).toHaveLength(1)
  expect(room.requests).toBe(MAX_IN_PROGRESS)
})

test('turns away, and counts, whom it has no place for', () => {
  let refused = 0
  const room = createRoom(() => {
    refused += 1
  })
  const first = entered(room, MAX_IN_PROGRESS / 2, '1')
  expect([room.turnsAway('1'), room.turnsAway('2'), refused]).toEqual([true, false, 1])
  entered(room, MAX_IN_PROGRESS / 2, '2')
  expect([room.turnsAway('3'), refused]).toEqual([true, 2])
  first[0]!()
  expect([room.turnsAway('1'), room.turnsAway('2'), room.turnsAway('3')]).toEqual([false, true, false])
})

test('has place for so many bytes of bodies, half of them of one credential, which is a full bulk call', () => {
  const room = createRoom()
  const [one] = entered(room, 2, '1', MAX_BULK_BODY_BYTES)
  expect(enter(room, '1', 1)).toBeNull()
  expect(enter(room, '1')).not.toBeNull()
  expect(enter(room, '2', MAX_BODIES_BYTES - MAX_BULK_BODY_BYTES + 1)).toBeNull()
  expect(enter(room, '2', MAX_BODIES_BYTES - MAX_BULK_BODY_BYTES)).not.toBeNull()
  expect(enter(room, '3', 1)).toBeNull()
  one!()
  expect(enter(room, '3', 1)).not.toBeNull()
})

test('has place for so many bytes of answers that are not read yet, half of them of one credential', () => {
  const room = createRoom()
  const [one, another, third] = ['1', '2', '3'].map((credential) => {
    const place = room.enter(credential)
    place.identified(Number(credential))
    return place
  })
  const half = MAX_UNREAD_BYTES / 2
  expect(() => one!.holdAnswer(half + 1)).toThrow(/more to do than it can/)
  one!.holdAnswer(half)
  expect(enter(room, '1', 1)).not.toBeNull()
  another!.holdAnswer(half)
  expect(() => third!.holdAnswer(1)).toThrow(/more to do than it can/)
  one!.leave()
  third!.holdAnswer(1)
})

test('has three quarters of its places, and of its bytes, for one organization, however many credentials it has', () => {
  const room = createRoom()
  const places = Array.from({length: MAX_IN_PROGRESS}, (_, n) => enter(room, `token-${n}`, 0, 1))
  expect(places.filter((place) => place !== null)).toHaveLength((MAX_IN_PROGRESS * 3) / 4)
  expect(enter(room, 'other', 0, 2)).not.toBeNull()
  for (const leave of places) leave?.()
  expect(enter(room, 'token-1', MAX_BODIES_BYTES / 2, 1)).not.toBeNull()
  expect(enter(room, 'token-2', MAX_BODIES_BYTES / 4, 1)).not.toBeNull()
  expect(enter(room, 'token-3', 1, 1)).toBeNull()
  expect(enter(room, 'token-3', 0, 1)).not.toBeNull()
  expect(enter(room, 'other', MAX_BODIES_BYTES / 4, 2)).not.toBeNull()
})

test('has half for strangers from where too many came in vain, and the rest for who is known there', () => {
  const room = createRoom()
  const places = Array.from({length: MAX_IN_PROGRESS / 2}, (_, n) => room.enter(`made up ${n}`, true))
  expect(() => room.enter('made up', true)).toThrow(/more to do than it can/)
  expect(enter(room, '1')).not.toBeNull()
  places[0]!.identified(1)
  places[1]!.leave()
  places[1]!.identified(1)
  expect([1, 2].map((n) => room.enter(`valid ${n}`, true).leave)).toHaveLength(2)
  expect(() => room.enter('made up', true)).toThrow(/more to do than it can/)
})

test('keeps the place of who has left until what is done for it has ended, and begins nothing more', async () => {
  const room = createRoom()
  const place = room.enter('1')
  let end = () => {}
  const first = place.during(
    () =>
      new Promise<void>((done) => {
        end = done
      }),
  )
  const failing = place.during(() => Promise.reject(new Error('failed')))
  place.leave()
  await expect(failing).rejects.toThrow('failed')
  expect(room.requests).toBe(1)
  await expect(place.during(async () => {})).rejects.toMatchObject({code: 'overloaded'})
  end()
  await first
  expect(room.requests).toBe(0)
})

test('is empty again when all have left, whatever was refused meanwhile', () => {
  const step = fc.record({
    credential: fc.constantFrom('1', '2', '3'),
    bytes: fc.integer({min: 0, max: MAX_BULK_BODY_BYTES}),
    leaves: fc.nat(4),
  })
  fc.assert(
    fc.property(fc.array(step, {maxLength: 60}), (steps) => {
      const room = createRoom()
      const inside: (() => void)[] = []
      for (const {credential, bytes, leaves} of steps) {
        const place = enter(room, credential, bytes)
        if (place !== null) inside.push(place)
        for (const one of inside.splice(0, leaves)) one()
        expect(room.requests).toBe(inside.length)
      }
      for (const one of inside) one()
      for (const credential of ['1', '2'])
        expect(entered(room, MAX_IN_PROGRESS, credential)).toHaveLength(MAX_IN_PROGRESS / 2)
    }),
  )
})
