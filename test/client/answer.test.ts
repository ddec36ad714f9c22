import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {problemFrom} from '../../src/client/answer.ts'
import {problem} from '../../src/contract/problem.ts'

const whole = {
  type: 'urn:x',
  title: 't',
  status: 403,
  code: 'forbidden',
  detail: 'd',
  requestId: 'r',
  currentVersion: 1,
}
const names = Object.keys(problem.shape)

test('a problem by hand is a problem by the contract', () => {
  const fields = fc.dictionary(fc.constantFrom(...names, 'more'), fc.oneof(fc.string(), fc.double(), fc.constant(null)))
  const near = fields.map((changed) => ({...whole, ...changed}))
  const given = fc.oneof(near, near, fields, fc.jsonValue())
  fc.assert(
    fc.property(given, (value) => {
      const text = JSON.stringify(value)
      expect(problemFrom(text) !== null).toBe(problem.safeParse(JSON.parse(text)).success)
    }),
    {numRuns: 2000},
  )
})

test.each(['', '<html>', '{"type"'])('%j is none', (text) => {
  expect(problemFrom(text)).toBeNull()
})
