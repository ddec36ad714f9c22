import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {beyondOf} from '../../../src/server/surfaces/json-body.ts'

const beyond = (text: string, most: {deep?: number; parts?: number; fields?: number}) =>
  beyondOf(Buffer.from(text), {deep: 16, parts: 10_000, fields: 10_000, ...most})

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
    expect(beyond(text, {deep: most})).toBe(deeper ? 'deep' : null)
  })

  test('is that of the value, whatever its strings hold', () => {
    const depth = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0
    fc.assert(
      fc.property(fc.jsonValue({maxDepth: 6}), fc.integer({min: 0, max: 8}), (value, most) => {
        expect(beyond(JSON.stringify(value), {deep: most})).toBe(depth(value) > most ? 'deep' : null)
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
    expect(beyond(text, {parts: most})).toBe(many ? 'parts' : null)
  })
})

describe('how many fields an object of a JSON text has', () => {
  test.each([
    ['{}', 1, false],
    ['{"a":1}', 1, false],
    ['{"a":1,"b":2}', 2, false],
    ['{"a":1,"b":2}', 1, true],
    ['[1,2,3]', 1, false],
    ['{"a":[1,2,3]}', 1, false],
    ['{"a":[1,2,3],"b":2}', 1, true],
    ['[{"a":1},{"a":1},{"a":1}]', 1, false],
    ['[{"a":1},{"a":1,"b":2}]', 1, true],
    ['{"a":{"b":1},"c":1}', 2, false],
    ['{"a":{"b":1,"c":1,"d":1}}', 2, true],
    ['{"a":",,,,"}', 1, false],
    ['{"a,b":1}', 1, false],
  ])('%s more than %i: %s', (text, most, many) => {
    expect(beyond(text, {fields: most})).toBe(many ? 'fields' : null)
  })

  test('is that of its widest one, whatever else is in it', () => {
    const widest = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Math.max(Array.isArray(value) ? 0 : Object.keys(value).length, 0, ...Object.values(value).map(widest))
        : 0
    fc.assert(
      fc.property(fc.jsonValue({maxDepth: 6}), fc.integer({min: 1, max: 8}), (value, most) => {
        expect(beyond(JSON.stringify(value), {fields: most})).toBe(widest(value) > most ? 'fields' : null)
      }),
    )
  })
})
