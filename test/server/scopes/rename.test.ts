import {describe, expect, test} from 'vitest'
import {decideRename, type Found, numbered} from '../../../src/server/scopes/rename.ts'
import {MOST_BYTES} from '../../../src/server/values/move.ts'
import {actor} from '../../world/actor.ts'
import {deleted, entry} from '../../world/entry.ts'

const found = (more: Partial<Found> = {}): Found => ({
  paths: ['prod'],
  entries: [entry({})],
  target: {paths: [], entries: []},
  oldest: new Map([[5, 1]]),
  versions: 2,
  bytes: 100,
  bound: [],
  referencedBy: 0,
  ...more,
})
const ask = (to: string, surface: 'cli' | 'dashboard' = 'cli') => ({
  actor: actor(1, {surface}),
  input: {params: {org: 'default'}, query: {scope: 'prod', dryRun: undefined}, body: {to}},
})
const purged = (more: object) =>
  entry({id: 99, scope: 'live', ...deleted, purged_at: '2026-01-01T00:00:00.000Z', ...more})
const deep = 'a/b/c/d/e/f/g/h/i/j/k/l/m/n/o'

describe('renaming a scope', () => {
  test.each<[string, Found, ReturnType<typeof ask>, string]>([
    ['to itself', found(), ask('prod'), 'malformed'],
    ['to a place within itself', found(), ask('prod/eu'), 'malformed'],
    ['that is not there', found({paths: []}), ask('live'), 'not_found'],
    ['to a name that is taken', found({target: {paths: ['live'], entries: []}}), ask('live'), 'already_exists'],
    [
      'to where something can be restored',
      found({target: {paths: [], entries: [entry({scope: 'live', key: 'OTHER', ...deleted})]}}),
      ask('live'),
      'already_exists',
    ],
    [
      'to where a number would be used twice',
      found({target: {paths: [], entries: [purged({version: 1})]}}),
      ask('live'),
      'already_exists',
    ],
    ['where a scope below gets too deep', found({paths: ['prod/eu/db']}), ask(deep), 'malformed'],
    [
      'where a deleted name below gets too deep',
      found({entries: [entry({scope: 'prod/x/y', ...deleted})]}),
      ask(deep),
      'malformed',
    ],
    ['where a path gets too long', found({paths: ['prod/eu']}), ask('a'.repeat(253)), 'malformed'],
    ['with more versions than go at once', found({versions: 10_001}), ask('live'), 'too_many'],
    ['with more names than go at once', found({entries: Array(10_001).fill(entry({}))}), ask('live'), 'too_many'],
    ['with more scopes than go at once', found({paths: Array(10_001).fill('prod')}), ask('live'), 'too_many'],
    [
      'onto more purged names than are looked at',
      found({target: {paths: [], entries: Array(10_001).fill(entry({key: 'GONE', ...deleted, purged_at: 'then'}))}}),
      ask('live'),
      'too_many',
    ],
    ['with more bytes than go at once', found({bytes: MOST_BYTES + 1}), ask('live'), 'too_many'],
    [
      'with a locked variable, on the dashboard',
      found({entries: [entry({kind: 'variable', locked: 1})]}),
      ask('live', 'dashboard'),
      'variable_locked',
    ],
  ])('refuses one %s', (_, has, asked, refused) => {
    expect(decideRename(has, asked)).toMatchObject({refused})
  })

  test.each<[string, Partial<Found>, number, number[]]>([
    ['of another name', {target: {paths: [], entries: [purged({key: 'OTHER'})]}}, 3, []],
    ['of a lower number', {oldest: new Map([[5, 2]]), target: {paths: [], entries: [purged({version: 1})]}}, 3, [99]],
    ['of what has no value', {oldest: new Map(), target: {paths: [], entries: [purged({version: 8})]}}, 8, [99]],
  ])('goes to where something was purged %s, and counts on', (_, there, version, replaced) => {
    const has = found({entries: [entry({version: 3})], ...there})
    expect(decideRename(has, ask('live'))).toMatchObject({changed: true})
    const moved = numbered(has, 'prod', 'live')
    expect([moved?.entries.map((one) => one.version), moved?.replaced]).toEqual([[version], replaced])
  })

  test('refuses one to a place above itself', () => {
    const asked = ask('prod')
    expect(
      decideRename(found({paths: ['prod/eu']}), {
        ...asked,
        input: {...asked.input, query: {scope: 'prod/eu', dryRun: undefined}},
      }),
    ).toMatchObject({refused: 'malformed'})
  })

  test.each([['prod-2'], ['production'], [deep], ['pro']])('takes %s, with as much as goes at once', (to) => {
    expect(decideRename(found({versions: 10_000, bytes: MOST_BYTES}), ask(to))).toMatchObject({
      reply: {to, versions: 10_000},
      changed: true,
    })
  })

  test('says where each scope and name went, deleted ones too', () => {
    const entries = [
      entry({}),
      entry({kind: 'variable', key: 'HOST', scope: 'prod/eu', locked: 1}),
      entry({key: 'OLD', version: 7, ...deleted}),
    ]
    expect(decideRename(found({paths: ['prod', 'prod/eu'], entries, versions: 4}), ask('live/x'))).toEqual({
      reply: {
        scope: 'prod',
        to: 'live/x',
        scopes: 2,
        secrets: 1,
        variables: 1,
        versions: 4,
        referencedBy: 0,
        tokensLeft: 0,
        changed: true,
      },
      targets: [
        {kind: 'scope', scope: 'prod', to: 'live/x'},
        {kind: 'scope', scope: 'prod/eu', to: 'live/x/eu'},
        {kind: 'secret', scope: 'prod', name: 'DB', version: 2, to: 'live/x'},
        {kind: 'variable', scope: 'prod/eu', name: 'HOST', version: 2, to: 'live/x/eu'},
        {kind: 'secret', scope: 'prod', name: 'OLD', version: 7, to: 'live/x'},
      ],
      changed: true,
    })
  })

  test.each<[string[][], number]>([
    [[['prod']], 1],
    [[['prod/**'], ['prod/eu', 'other'], ['prod/*']], 3],
    [[['**'], ['*'], ['other'], ['production'], ['*/eu'], []], 0],
  ])('counts the tokens that it leaves behind: of %j, %d', (bound, tokensLeft) => {
    expect(decideRename(found({bound}), ask('live'))).toMatchObject({reply: {tokensLeft}})
  })
})
