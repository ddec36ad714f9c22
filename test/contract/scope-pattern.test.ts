import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {covers, isScopePattern, reaches} from '../../src/contract/scope-pattern.ts'

describe('a scope pattern', () => {
  test.each<[string, boolean]>([
    ['production', true],
    ['production/**', true],
    ['aws/*/db', true],
    ['*/db/**', true],
    ['**', true],
    ['*', true],
    ['', false],
    ['**/db', false],
    ['prod*', false],
    ['a/**/b', false],
    ['a//b', false],
    ['../a', false],
    ['a/.', false],
    ['/a', false],
    ['a/', false],
    ['ｐrod', false],
    [`${'a/'.repeat(16)}b`, false],
    ['a'.repeat(256), false],
  ])('%j: %j', (text, is) => {
    expect(isScopePattern(text)).toBe(is)
  })

  test.each<[string, string, boolean]>([
    ['production', 'production', true],
    ['production', 'production/db', false],
    ['production/**', 'production', true],
    ['production/**', 'production/db/eu', true],
    ['production/**', 'production2', false],
    ['production/**', 'production/**', true],
    ['production/**', 'production/*/x', true],
    ['production/**', '**', false],
    ['production', 'production/**', false],
    ['*', 'production', true],
    ['*', 'production/db', false],
    ['production', '*', false],
    ['*/db', 'eu/db', true],
    ['*/db', '*/db', true],
    ['*/db/**', 'eu/db/one', true],
    ['*/db/**', '*/db', true],
    ['eu/db', '*/db', false],
    ['**', '**', true],
    ['**', 'anything/at/all', true],
    ['Production', 'production', false],
  ])('%j speaks of all of %j: %j', (outer, inner, does) => {
    expect(covers(outer, inner)).toBe(does)
  })

  const segment = fc.constantFrom('a', 'b', '*')
  const pattern = fc
    .tuple(fc.array(segment, {minLength: 1, maxLength: 3}), fc.boolean())
    .map(([segments, open]) => [...segments, ...(open ? ['**'] : [])].join('/'))
  const scope = fc.array(fc.constantFrom('a', 'b'), {minLength: 1, maxLength: 5}).map((segments) => segments.join('/'))

  test('what covers a pattern covers every scope of it', () => {
    fc.assert(
      fc.property(pattern, pattern, scope, (outer, inner, at) => {
        if (covers(outer, inner) && covers(inner, at)) expect(covers(outer, at)).toBe(true)
      }),
    )
  })

  test('covers itself, and agrees with a regular expression about scopes', () => {
    fc.assert(
      fc.property(pattern, scope, (one, at) => {
        const source = one.replace(/\/\*\*$/, '(/.+)?').replace(/(^|\/)\*(?=\/|\(|$)/g, '$1[^/]+')
        expect(covers(one, one)).toBe(true)
        expect(covers(one, at)).toBe(new RegExp(`^${source}$`).test(at))
      }),
    )
  })
})

test('a credential that is bound to none reaches all, one that is bound to an empty list nothing', () => {
  expect(reaches(null, '**')).toBe(true)
  expect(reaches([], 'a')).toBe(false)
})
