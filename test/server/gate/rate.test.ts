import {expect, test} from 'vitest'
import {COUNTED, rateOf} from '../../../src/server/gate/rate.ts'

const rate = () => rateOf({most: 1, window: 60_000, now: () => new Date('2026-01-01T00:00:00.000Z')})
const flood = (count: (key: string) => number, keys: number) => {
  for (let n = 0; n < keys; n += 1) count(`other ${n}`)
}

test('holds so many keys and no more: the longest untouched is forgotten', () => {
  const count = rate()
  expect([count('a'), count('a')]).toEqual([0, 60])
  flood(count, COUNTED - 1)
  expect(count('a')).toBe(60)
  flood(count, COUNTED)
  expect(count('a')).toBe(0)
})

test('does not forget who goes on failing, however many others do', () => {
  const count = rate()
  count('a')
  for (let round = 0; round < 4; round += 1) {
    flood(count, COUNTED / 2)
    expect(count('a')).toBe(60)
  }
})
