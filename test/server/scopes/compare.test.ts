import {describe, expect, test} from 'vitest'
import {itemOf, needsOpening, pairsOf, type Side} from '../../../src/server/scopes/compare.ts'

const side = (scope: string, key: string, length: number | null = 5, kind: Side['kind'] = 'secret'): Side => ({
  id: 1,
  kind,
  scope,
  key,
  version: 1,
  length,
  type: 'string',
})

test('pairs each name of two scopes, kinds apart, and nothing of another scope', () => {
  const [a, b, c, other, variable] = [
    side('a', 'K'),
    side('b', 'K'),
    side('b', 'L'),
    side('b/below', 'K'),
    side('a', 'K', 5, 'variable'),
  ]
  expect(pairsOf([a, b, c, other, variable], 'a', 'b')).toEqual([
    {kind: 'secret', key: 'K', sides: [a, b]},
    {kind: 'secret', key: 'L', sides: [undefined, c]},
    {kind: 'variable', key: 'K', sides: [variable, undefined]},
  ])
})

describe('a pair', () => {
  test.each<[string, Side | undefined, Side | undefined, boolean, boolean, object]>([
    ['of the same value', side('a', 'K'), side('b', 'K'), true, true, {state: 'same', missingIn: []}],
    ['of values of one length', side('a', 'K'), side('b', 'K'), true, false, {state: 'different', missingIn: []}],
    ['of two lengths', side('a', 'K', 4), side('b', 'K', 5), false, false, {state: 'different', missingIn: []}],
    ['of empty values', side('a', 'K', 0), side('b', 'K', 0), true, true, {state: 'same', missingIn: []}],
    ['missing in the first', undefined, side('b', 'K'), false, false, {state: 'missing', missingIn: ['a']}],
    ['missing in the second', side('a', 'K'), undefined, false, false, {state: 'missing', missingIn: ['b']}],
    ['declared in one', side('a', 'K'), side('b', 'K', null), false, false, {state: 'missing', missingIn: ['b']}],
    [
      'declared in both',
      side('a', 'K', null),
      side('b', 'K', null),
      false,
      false,
      {state: 'missing', missingIn: ['a', 'b']},
    ],
  ])('%s', (_, first, second, opens, same, said) => {
    const pair = {kind: 'secret' as const, key: 'K', sides: [first, second] as [typeof first, typeof second]}
    expect(needsOpening(pair)).toBe(opens)
    expect(itemOf(pair, ['a', 'b'], same)).toEqual({kind: 'secret', key: 'K', ...said})
  })
})
