import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  type Claims,
  fillPattern,
  hostRank,
  isBindingPattern,
  isHost,
  isHosts,
  widestOf,
} from '../../src/contract/binding-pattern.ts'
import {isScopePattern, reaches} from '../../src/contract/scope-pattern.ts'

const claims: Claims = {agentId: 'web', host: 'web-1.example.com', labels: {team: 'payments', Tier: 'a_b'}}

describe('a pattern of a binding', () => {
  test.each([
    '**',
    'aws',
    'aws/prod/**',
    'aws/*/db',
    'hosts/${host}',
    '${agentId}',
    '${label:team}/${host}/**',
    '${label:a.b-c_1}',
  ])('may be %s', (pattern) => expect(isBindingPattern(pattern)).toBe(true))

  test.each([
    ['nothing', ''],
    ['a placeholder within a segment', 'host-${host}'],
    ['two in one', '${host}${agentId}'],
    ['another placeholder', '${user}'],
    ['a label without a name', '${label:}'],
    ['a label of a path', '${label:a/b}'],
    ['one that is not closed', '${host'],
    ['the prototype', '${label:__proto__}'],
    ['an empty segment', 'aws//prod'],
    ['** before the end', 'aws/**/prod'],
    ['a way up', '../aws'],
    ['a line break', 'aws\n'],
    ['seventeen segments', Array.from({length: 17}, () => 'a').join('/')],
    ['256 characters', 'a'.repeat(256)],
  ])('may not be %s', (_, pattern) => expect(isBindingPattern(pattern)).toBe(false))
})

describe('a placeholder is filled as one literal segment', () => {
  test.each([
    ['aws/prod/**', claims, 'aws/prod/**'],
    ['hosts/${host}/**', claims, 'hosts/web-1.example.com/**'],
    ['${agentId}', claims, 'web'],
    ['${label:team}/${label:Tier}', claims, 'payments/a_b'],
  ])('%s', (pattern, of, filled) => expect(fillPattern(pattern, of)).toBe(filled))

  test.each<[string, string, Claims]>([
    ['a host that is not known', 'hosts/${host}', {...claims, host: null}],
    ['a label that is not there', '${label:stage}', claims],
    ['a label of a prototype', '${label:constructor}', claims],
    ['a star', '${label:x}', {...claims, labels: {x: '*'}}],
    ['two stars', 'a/${label:x}', {...claims, labels: {x: '**'}}],
    ['a path', '${label:x}', {...claims, labels: {x: 'a/b'}}],
    ['a way up', '${label:x}', {...claims, labels: {x: '..'}}],
    ['here', '${label:x}', {...claims, labels: {x: '.'}}],
    ['nothing', '${label:x}', {...claims, labels: {x: ''}}],
    ['a placeholder', '${label:x}', {...claims, labels: {x: '${host}'}}],
    ['a letter beyond ASCII', '${label:x}', {...claims, labels: {x: 'é'}}],
    ['a line break at the end', '${label:x}', {...claims, labels: {x: 'a\n'}}],
    ['what makes it too long', `${'a'.repeat(250)}/\${label:x}`, {...claims, labels: {x: 'abcdef'}}],
  ])('%s gives nothing', (_, pattern, of) => expect(fillPattern(pattern, of)).toBeNull())

  const segment = fc.oneof(
    fc.constantFrom('aws', 'prod', '*', '${host}', '${agentId}', '${label:team}'),
    fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,8}$/),
  )
  const pattern = fc
    .tuple(fc.array(segment, {minLength: 1, maxLength: 6}), fc.boolean())
    .map(([segments, open]) => [...segments, ...(open ? ['**'] : [])].join('/'))
  const said = fc.record({
    agentId: fc.string(),
    host: fc.option(fc.string({unit: 'grapheme'})),
    labels: fc.dictionary(fc.constantFrom('team', 'x'), fc.oneof(fc.string(), fc.constantFrom('**', '*', 'a/b', '..'))),
  })

  test('whatever is said of a workload: what comes is a pattern of as many segments, within the widest', () => {
    fc.assert(
      fc.property(pattern, said, (text, of) => {
        expect(isBindingPattern(text)).toBe(true)
        expect(isScopePattern(widestOf(text))).toBe(true)
        const filled = fillPattern(text, of)
        if (filled === null) return
        expect(isScopePattern(filled)).toBe(true)
        expect(filled.split('/')).toHaveLength(text.split('/').length)
        expect(reaches([widestOf(text)], filled)).toBe(true)
      }),
    )
  })
})

describe('hosts', () => {
  test.each([
    ['**', 0],
    ['web-*', 1],
    ['web-?', 1],
    ['/web-[0-9]+/', 1],
    ['web-1', 2],
  ] as const)('%s is of rank %i', (hosts, rank) => {
    expect(isHosts(hosts)).toBe(true)
    expect(hostRank(hosts)).toBe(rank)
  })

  test.each(['', 'a b', '//', 'a/b', 'é', 'web-1\n', '/a b/'])('%j is no pattern of them', (hosts) =>
    expect(isHosts(hosts)).toBe(false),
  )

  test.each(['', '.', '-a', 'a-', 'web-*', 'a/b', 'a b', 'a\n'])('%j is none', (host) =>
    expect(isHost(host)).toBe(false),
  )
})
