import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {nestsDeeper} from '../../../src/server/surfaces/json-body.ts'

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
    expect(nestsDeeper(bytes(text), most)).toBe(deeper)
  })

  test('is that of the value, whatever its strings hold', () => {
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0
    fc.assert(
      fc.property(fc.jsonValue({maxDepth: 6}), fc.integer({min: 0, max: 8}), (value, most) => {
        expect(nestsDeeper(bytes(JSON.stringify(value)), most)).toBe(depth(value) > most)
      }),
    )
  })
})
