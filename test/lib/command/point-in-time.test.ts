import {afterAll, expect, test} from 'vitest'
import {timeOf} from '../../../src/lib/command/point-in-time.ts'
import {sinceTime} from '../../../src/lib/command/since.ts'
import {untilTime} from '../../../src/lib/command/until.ts'

const zone = process.env.TZ
afterAll(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const now = new Date('2026-11-24T12:00:00Z')

test.each([
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T10:00', '2027-01-31T10:00:00.000Z'],
  ['2027-01-31T10:00:30.5', '2027-01-31T10:00:30.500Z'],
  ['2027-01-31T10:00Z', '2027-01-31T10:00:00.000Z'],
  ['2027-01-31T10:00+02:00', '2027-01-31T08:00:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
])('%s is %s, wherever it is typed', (text, time) => {
  process.env.TZ = 'America/Lima'
  expect(new Date(timeOf(text)!).toISOString()).toBe(time)
  expect(untilTime(text, now)).toBe(time)
  expect(sinceTime(text, now)).toBe(time)
})

test.each([
  '2027-02-30',
  '2027-02-29',
  '2027-04-31T10:00Z',
  '2027-13-01',
  '2027-01-00',
  '2027-01-31T25:00',
  '31.1.2027',
  '',
])('%j is no time: it is refused, not moved to another day', (text) => {
  expect(timeOf(text)).toBeNull()
  expect(() => untilTime(text, now)).toThrow('--expires takes a time that there is.')
  expect(() => sinceTime(text, now, '--before')).toThrow('--before takes a time that there is.')
})
