import {describe, expect, test} from 'vitest'
import {decideDelete} from '../../../src/server/scopes/delete.ts'
import type {Extent} from '../../../src/server/scopes/extent.ts'
import type {Entry} from '../../../src/server/values/load.ts'
import {actor} from '../../world/actor.ts'
import {deleted, entry} from '../../world/entry.ts'

const locked = entry({kind: 'variable', key: 'HOST', locked: 1})
const names = (count: number) => Array<Entry>(count).fill(entry({}))
const ask = (recursive?: boolean, surface: 'cli' | 'dashboard' = 'cli') => ({
  actor: actor(1, {surface}),
  input: {params: {org: 'default'}, query: {scope: 'prod', recursive, dryRun: undefined}, body: undefined},
})

describe('deleting a scope', () => {
  test.each<[string, Extent, ReturnType<typeof ask>, string]>([
    ['that is not there', {paths: [], entries: []}, ask(), 'not_found'],
    ['of which only deleted names are left', {paths: [], entries: [entry(deleted)]}, ask(true), 'not_found'],
    ['that holds a secret', {paths: ['prod'], entries: [entry({})]}, ask(), 'not_empty'],
    ['that holds a variable', {paths: ['prod'], entries: [entry({kind: 'variable'})]}, ask(), 'not_empty'],
    ['with an empty scope below it', {paths: ['prod', 'prod/eu'], entries: []}, ask(), 'not_empty'],
    ['that is but the beginning of another', {paths: ['prod/eu'], entries: []}, ask(), 'not_empty'],
    ['with more names than go at once', {paths: ['prod'], entries: names(10_001)}, ask(true), 'too_many'],
    ['with more scopes than go at once', {paths: Array(10_001).fill('prod'), entries: []}, ask(true), 'too_many'],
    [
      'with a locked variable, on the dashboard',
      {paths: ['prod'], entries: [locked]},
      ask(true, 'dashboard'),
      'variable_locked',
    ],
  ])('refuses one %s', (_, extent, asked, refused) => {
    expect(decideDelete({...extent, referencedBy: 0}, asked)).toMatchObject({refused})
  })

  test('takes as many names as go at once, whatever was deleted before', () => {
    const entries = [...names(10_000), entry(deleted)]
    expect(decideDelete({referencedBy: 0, paths: ['prod'], entries}, ask(true))).toMatchObject({
      reply: {secrets: 10_000},
    })
  })

  test('takes an empty one, deleted names and all', () => {
    expect(decideDelete({referencedBy: 0, paths: ['prod'], entries: [entry(deleted)]}, ask())).toEqual({
      reply: {scope: 'prod', scopes: 1, secrets: 0, variables: 0, referencedBy: 0, changed: true},
      targets: [{kind: 'scope', scope: 'prod'}],
      changed: true,
    })
  })

  test('recursively, names each scope and each live name', () => {
    const entries = [
      entry({}),
      entry({key: 'DECLARED', version: 0, length: null}),
      entry({key: 'OLD', ...deleted}),
      {...locked, scope: 'prod/eu'},
    ]
    expect(decideDelete({referencedBy: 0, paths: ['prod', 'prod/eu'], entries}, ask(true))).toEqual({
      reply: {scope: 'prod', scopes: 2, secrets: 2, variables: 1, referencedBy: 0, changed: true},
      targets: [
        {kind: 'scope', scope: 'prod'},
        {kind: 'scope', scope: 'prod/eu'},
        {kind: 'secret', scope: 'prod', name: 'DB', version: 2},
        {kind: 'secret', scope: 'prod', name: 'DECLARED', version: 0},
        {kind: 'variable', scope: 'prod/eu', name: 'HOST', version: 2},
      ],
      changed: true,
    })
  })
})
