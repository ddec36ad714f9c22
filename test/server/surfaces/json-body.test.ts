import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {measured} from '../../../src/server/surfaces/json-body.ts'

const bytes = (text: string) => Buffer.from(text)

describe('how deep a JSON text nests', () => {
  test.each([
    ['1', 1, false],
    ['{}', 1, false],
    ['{"a":{}}', 1, true],
    ['[[[[]]]]', 4, false],
    ['[[[[]]]]', 3, true],
    ['[],[],[]', 1, false],
    ['"[[[["', 1, false],
    ['"\\"[[[["', 1, false],
    ['"\\\\"[[', 1, true],
    ['"a" [[', 1, true],
  ])('%s deeper than %i: %s', (text, most, deeper) => {
    expect(measured(bytes(text), most, 100).deep).toBe(deeper)
  })

  test('is that of the value, whatever its strings hold', () => {
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0
    fc.assert(
      fc.property(fc.jsonValue({maxDepth: 6}), fc.integer({min: 0, max: 8}), (value, most) => {
        expect(measured(bytes(JSON.stringify(value)), most, 10_000).deep).toBe(depth(value) > most)
      }),
    )
  })
})

describe('how many parts a JSON text has', () => {
  test.each([
    ['1', 0, false],
    ['[]', 1, false],
    ['[]', 0, true],
    ['[1,2]', 2, false],
    ['[1,2]', 1, true],
    ['{"a":[],"b":{}}', 4, false],
    ['{"a":[],"b":{}}', 3, true],
    ['",[{,[{"', 0, false],
    ['"\\",[{"', 0, false],
  ])('%s more than %i: %s', (text, most, many) => {
    expect(measured(bytes(text), 16, most).many).toBe(many)
  })
})
