import {expect, test} from 'vitest'
import {allowanceOf} from '../../../src/server/gate/allowance.ts'

const actor = (id: string, orgId = 1) => ({id, orgId})
const ask = {operation: 'scopes.compare', perMinute: 2, reached: []}

test('holds each credential to its number a minute, and says how long to wait', () => {
  let now = new Date('2026-01-01T00:00:00.000Z')
  const allowance = allowanceOf(() => now)
  expect([1, 2].map(() => allowance(actor('token:1'), ask))).toEqual([null, null])
  now = new Date('2026-01-01T00:00:20.500Z')
  expect(allowance(actor('token:1'), ask)).toMatchObject({code: 'rate_limited', facts: {retryAfter: 40}})
  expect(allowance(actor('token:2'), ask)).toBeNull()
  expect(allowance(actor('token:1'), {...ask, operation: 'other.thing'})).toBeNull()
  now = new Date('2026-01-01T00:01:00.000Z')
  expect(allowance(actor('token:1'), ask)).toBeNull()
})

test('holds nobody longer when the clock is set back', () => {
  let now = new Date('2026-01-01T12:00:00.000Z')
  const allowance = allowanceOf(() => now)
  for (let time = 0; time < 3; time += 1) allowance(actor('token:1'), ask)
  expect(allowance(actor('token:1'), ask)?.code).toBe('rate_limited')
  now = new Date('2026-01-01T11:00:00.000Z')
  expect(allowance(actor('token:1'), ask)).toBeNull()
})

test('counts nothing where a route gives no number', () => {
  const allowance = allowanceOf(() => new Date())
  for (let time = 0; time < 100; time += 1)
    expect(allowance(actor('token:1'), {operation: 'variables.get', perMinute: undefined, reached: ['a']})).toBeNull()
})

test('holds each scope of an organization to the number as well, whatever credentials ask', () => {
  const allowance = allowanceOf(() => new Date('2026-01-01T00:00:00.000Z'))
  const of = (id: string, reached: string[], orgId = 1) =>
    allowance(actor(id, orgId), {...ask, reached})?.facts.retryAfter ?? null
  expect(['token:1', 'token:2'].map((id) => of(id, ['mine', 'theirs']))).toEqual([null, null])
  expect(of('token:3', ['elsewhere', 'theirs'])).toBe(60)
  expect(of('token:4', ['mine', 'elsewhere'])).toBe(60)
  expect(of('token:5', ['mine', 'theirs'], 2)).toBeNull()
  expect(of('token:6', ['other', 'another'])).toBeNull()
})
