import {describe, expect, test} from 'vitest'
import {decideRename, type Found} from '../../../src/server/scopes/rename.ts'
import {deleted, entry, through} from './entry.ts'

const found = (more: Partial<Found> = {}): Found => ({
  paths: ['prod'],
  entries: [entry({})],
  taken: false,
  versions: 2,
  bound: [],
  ...more,
})
const ask = (to: string, surface: 'cli' | 'dashboard' = 'cli') => ({
  actor: through(surface),
  input: {params: {org: 'default'}, query: {scope: 'prod', dryRun: undefined}, body: {to}},
})
const deep = 'a/b/c/d/e/f/g/h/i/j/k/l/m/n/o'

describe('renaming a scope', () => {
  test.each<[string, Found, ReturnType<typeof ask>, string]>([
    ['to itself', found(), ask('prod'), 'malformed'],
    ['to a place within itself', found(), ask('prod/eu'), 'malformed'],
    ['that is not there', found({paths: []}), ask('live'), 'not_found'],
    ['to a name that is taken', found({taken: true}), ask('live'), 'already_exists'],
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
    [
      'with a locked variable, on the dashboard',
      found({entries: [entry({kind: 'variable', locked: 1})]}),
      ask('live', 'dashboard'),
      'variable_locked',
    ],
  ])('refuses one %s', (_, has, asked, refused) => {
    expect(decideRename(has, asked)).toMatchObject({refused})
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

  test.each([['prod-2'], ['production'], [deep], ['pro']])('takes %s, with as many versions as go at once', (to) => {
    expect(decideRename(found({versions: 10_000}), ask(to))).toMatchObject({
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
