import fc from 'fast-check'
import {expect, test} from 'vitest'
import {secondsOf} from '../../../src/lib/command/duration.ts'

test.each([
  ['30s', 30],
  ['90m', 5400],
  ['12h', 43_200],
  ['90d', 7_776_000],
  ['2w', 1_209_600],
  ['0d', 0],
])('%s is %i seconds', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds)
})

test.each(['', '90', 'd', '-1d', '1.5d', '1 d', '1y', '1D', '1d2h', '1234567d'])('%j is no length of time', (text) => {
  expect(secondsOf(text)).toBeNull()
})

test('whatever is typed gives whole seconds or nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const seconds = secondsOf(text)
      return seconds === null || (Number.isSafeInteger(seconds) && seconds >= 0)
    }),
  )
})
