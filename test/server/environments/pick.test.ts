import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {Claims} from '../../../src/contract/binding-pattern.ts'
import {reaches} from '../../../src/contract/scope-pattern.ts'
import type {Binding} from '../../../src/server/environments/load.ts'
import {type Candidate, effectiveOf, pick} from '../../../src/server/environments/pick.ts'

const claims: Claims = {agentId: 'web', host: 'web-1', labels: {team: 'a'}}

/** `ENVIRONMENT: SCOPES [for HOSTS] [only KEYS]` */
const bindings = (...lines: string[]): Binding[] =>
  lines.map((line, index) => {
    const [, environment, scope, host = '**', keys] = /^(\S+): (\S+)(?: for (\S+))?(?: only (\S+))?$/.exec(line)!
    return {
      id: index + 1,
      environment: environment!,
      scope: scope!,
      host,
      keys: keys?.split(',') ?? null,
      createdAt: '',
      createdBy: '',
    }
  })

/** `SCOPE/KEY`, in the order in which they were made; `-` before one that is declared. */
const stored = (...names: string[]): Candidate[] =>
  names.map((name, index) => {
    const at = name.lastIndexOf('/')
    const declared = name.startsWith('-')
    return {
      id: index + 1,
      kind: 'secret',
      scope: name.slice(declared ? 1 : 0, at),
      key: name.slice(at + 1),
      version: declared ? 0 : 1,
      length: declared ? null : 1,
      type: declared ? null : 'string',
    }
  })

const given = (of: Binding[], names: Candidate[], who = claims) =>
  pick(effectiveOf(of, who).effective, names).given.map(({entry}) => `${entry.scope}/${entry.key}`)

describe('of two names that a key may have', () => {
  test.each<[string, string[], string[], string]>([
    ['its own goes before its collection’s', ['s: shared', 's/prod: own'], ['shared/K', 'own/K'], 'own/K'],
    [
      'its own for all hosts goes before its collection’s for this one',
      ['s: shared for web-1', 's/prod: own'],
      ['shared/K', 'own/K'],
      'own/K',
    ],
    ['the inner collection’s before the outer’s', ['s: a', 's/x: b'], ['a/K', 'b/K'], 'b/K'],
    ['the host itself before a glob', ['s: a for web-*', 's: b for web-1'], ['a/K', 'b/K'], 'b/K'],
    ['a glob before all hosts', ['s: a', 's: b for web-*'], ['a/K', 'b/K'], 'b/K'],
    ['a regular expression before all hosts', ['s: a', 's: b for /web-[0-9]/'], ['a/K', 'b/K'], 'b/K'],
    ['hosts before depth', ['s: a/b/c', 's: d for web-1'], ['a/b/c/K', 'd/K'], 'd/K'],
    ['then the deeper scope', ['s: a/**', 's: b'], ['b/K', 'a/x/y/K'], 'a/x/y/K'],
    ['then the one that was there first', ['s: a', 's: b'], ['b/K', 'a/K'], 'b/K'],
    ['one without a value before none', ['s: a', 's: b/c'], ['-b/c/K', 'a/K'], 'a/K'],
  ])('%s', (_, of, names, expected) => {
    expect(given(bindings(...of), stored(...names))).toEqual([expected])
  })
})

describe('a binding', () => {
  test.each<[string, string, string[], string[]]>([
    ['gives all of its scopes', 's: a/**', ['a/K', 'a/b/L', 'c/M'], ['a/K', 'a/b/L']],
    ['of one scope gives nothing below it', 's: a', ['a/K', 'a/b/L'], ['a/K']],
    ['of keys gives these alone', 's: a only K,M', ['a/K', 'a/L', 'a/M'], ['a/K', 'a/M']],
    ['for another host gives nothing', 's: a for web-2', ['a/K'], []],
    ['for a glob of other hosts gives nothing', 's: a for db-*', ['a/K'], []],
    ['for a part of the host gives nothing', 's: a for /web/', ['a/K'], []],
    ['is filled', 's: ${label:team}/${host}', ['a/web-1/K', 'a/web-2/L'], ['a/web-1/K']],
    ['that cannot be filled gives nothing', 's: ${label:none}', ['none/K'], []],
  ])('%s', (_, of, names, expected) => expect(given(bindings(of), stored(...names))).toEqual(expected))

  test('for some hosts gives nothing to a workload of none', () => {
    const of = bindings('s: a for *', 's: b for /.*/', 's: c')
    expect(given(of, stored('a/K', 'b/L', 'c/M'), {...claims, host: null})).toEqual(['c/M'])
  })
})

describe('filters', () => {
  const of = effectiveOf(bindings('s: a', 's: b/c'), claims).effective
  const names = stored('a/KEY', 'b/c/KEY', 'a/OTHER')

  test.each([
    [{only: ['K*']}, ['b/c/KEY']],
    [{only: ['K*', 'OTHER']}, ['b/c/KEY', 'a/OTHER']],
    [{only: ['key']}, []],
    [{scopes: ['a']}, ['a/OTHER']],
    [{scopes: ['b/**'], only: ['*']}, ['b/c/KEY']],
  ])('%j leave keys out, and give none by another name', (filters, expected) =>
    expect(pick(of, names, filters).given.map(({entry}) => `${entry.scope}/${entry.key}`)).toEqual(expected),
  )
})

test('keys come once each, in the order of their bytes; a key that is declared and nothing gives is missing', () => {
  const picked = pick(effectiveOf(bindings('s: **'), claims).effective, stored('a/b', 'a/B', 'x/a', 'x/b', '-a/C'))
  expect(picked.given.map(({entry}) => entry.key)).toEqual(['B', 'a', 'b'])
  expect(picked.missing.map(({key}) => key)).toEqual(['C'])
})

describe('whatever the bindings and the names', () => {
  const scope = fc.constantFrom('a', 'a/b', 'a/b/c', 'x', 'x/y')
  const binding = fc.record({
    environment: fc.constantFrom('s', 's/p', 's/p/q'),
    scope: fc.constantFrom('a', 'a/**', 'a/*', 'x/**', '**', '${host}', '${label:team}/**'),
    host: fc.constantFrom('**', 'web-*', 'web-1', 'db', '/web-\\d/'),
    keys: fc.constantFrom(null, ['K'], ['K', 'L']),
  })
  const all = fc
    .array(binding, {maxLength: 8})
    .map((list) => list.map((one, id) => ({id, createdAt: '', createdBy: '', ...one})))
  const names = fc
    .uniqueArray(fc.tuple(scope, fc.constantFrom('K', 'L', 'M')), {selector: ([at, key]) => `${at} ${key}`})
    .map((list) => stored(...list.map(([at, key]) => `${at}/${key}`)))

  test('each key comes once, from a name that its binding speaks of, and everything else of it is shadowed', () => {
    fc.assert(
      fc.property(all, names, (of, entries) => {
        const {effective} = effectiveOf(of, claims)
        const {given: picked} = pick(effective, entries)
        expect(new Set(picked.map(({entry}) => entry.key)).size).toBe(picked.length)
        const fed = entries.filter(({scope: at, key}) =>
          effective.some(({binding: {keys}, pattern}) => reaches([pattern], at) && (keys?.includes(key) ?? true)),
        )
        const shown = picked.flatMap(({entry, shadows}) => [entry, ...shadows.map((one) => one.entry)])
        expect(new Set(shown)).toEqual(new Set(fed))
        for (const {entry, binding: by} of picked) {
          const {pattern} = effective.find((one) => one.binding === by)!
          expect(reaches([pattern], entry.scope)).toBe(true)
        }
      }),
    )
  })

  test('the order in which they are stored changes nothing but ties', () => {
    fc.assert(
      fc.property(all, names, (of, entries) => {
        const {effective} = effectiveOf(of, claims)
        const shuffled = pick([...effective].reverse(), [...entries].reverse())
        expect(shuffled.given.map(({entry}) => entry.id)).toEqual(
          pick(effective, entries).given.map(({entry}) => entry.id),
        )
      }),
    )
  })
})
