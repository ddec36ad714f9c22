import {describe, expect, test} from 'vitest'
import {MAX_TAGS} from '../../../src/contract/limits.ts'
import type {FactsBody} from '../../../src/contract/routes/facts.ts'
import {type Described, decideFacts} from '../../../src/server/secrets/describe.ts'
import {type Entry, nameOf} from '../../../src/server/values/load.ts'

const entry = {
  id: 7,
  scope: 's',
  key: 'K',
  version: 3,
  length: 5,
  owner: null,
  note: null,
  expires_at: null,
  rotate_days: null,
  first_version: 1,
} as Entry
const stored = (more: Partial<Entry> = {}, tags: [string, string][] = []) =>
  new Map<string, Described>([[nameOf(entry), {entry: {...entry, ...more}, tags: new Map(tags)}]])
const ask = (body: FactsBody, key = 'K') => ({
  input: {params: {org: 'default', key}, query: {scope: 's', dryRun: undefined}, body},
  actor: null as never,
})
const none = {owner: null, note: null, expiresAt: null, rotateDays: null, tags: {}}

describe('a change of facts', () => {
  test.each<[string, Map<string, Described>, FactsBody, object]>([
    ['sets what is said', stored(), {owner: 'ops', rotateDays: 90}, {...none, owner: 'ops', rotateDays: 90}],
    ['leaves the rest', stored({owner: 'ops'}), {note: 'n'}, {...none, owner: 'ops', note: 'n'}],
    ['takes away what is null', stored({owner: 'ops', note: 'n'}), {owner: null}, {...none, note: 'n'}],
    [
      'keeps one form of a time',
      stored(),
      {expiresAt: '2027-01-31T00:00:00Z'},
      {...none, expiresAt: '2027-01-31T00:00:00.000Z'},
    ],
    ['adds a tag', stored({}, [['a', '1']]), {tags: {b: '2'}}, {...none, tags: {a: '1', b: '2'}}],
    ['replaces a tag', stored({}, [['a', '1']]), {tags: {a: '2'}}, {...none, tags: {a: '2'}}],
    ['takes a tag away', stored({}, [['a', '1']]), {tags: {a: null}}, none],
  ])('%s', (_, before, body, facts) => {
    const {outcomes, changed} = decideFacts(before, [ask(body)])
    expect(outcomes).toEqual([
      {
        reply: {key: 'K', scope: 's', version: 3, changed: true, ...facts},
        targets: [{kind: 'secret', scope: 's', name: 'K', version: 3}],
        changed: true,
      },
    ])
    expect(changed).toHaveLength(1)
  })

  test.each<[string, Map<string, Described>, FactsBody]>([
    ['what is so already', stored({owner: 'ops'}, [['a', '1']]), {owner: 'ops', note: null, tags: {a: '1'}}],
    ['a tag that is not there', stored(), {tags: {a: null}}],
    [
      'the same time in another form',
      stored({expires_at: '2027-01-31T00:00:00.000Z'}),
      {expiresAt: '2027-01-31T00:00:00Z'},
    ],
  ])('is none: %s', (_, before, body) => {
    const {outcomes, changed} = decideFacts(before, [ask(body)])
    expect(outcomes).toMatchObject([{changed: false, reply: {changed: false}}])
    expect(changed).toEqual([])
  })

  test.each<[string, Map<string, Described>, FactsBody, string]>([
    ['of a secret that is not there', new Map(), {owner: 'ops'}, 'not_found'],
    ['that says nothing', stored(), {}, 'malformed'],
    [
      'with more tags than a secret may have',
      stored({}, [['a', '1']]),
      {tags: Object.fromEntries(Array.from({length: MAX_TAGS}, (_, n) => [`t${n}`, 'x']))},
      'malformed',
    ],
  ])('is refused: one %s', (_, before, body, code) => {
    const {outcomes, changed} = decideFacts(before, [ask(body)])
    expect(outcomes).toMatchObject([{refused: code}])
    expect(changed).toEqual([])
  })

  test('sees what an earlier one of the same turn did', () => {
    const {outcomes, changed} = decideFacts(stored(), [ask({owner: 'ops'}), ask({owner: 'ops'}), ask({note: 'n'})])
    expect(outcomes).toMatchObject([
      {changed: true},
      {changed: false},
      {changed: true, reply: {owner: 'ops', note: 'n'}},
    ])
    expect(changed).toMatchObject([{entry: {owner: 'ops', note: 'n'}}])
  })

  test('speaks of a name without a value as of version 0', () => {
    const {outcomes} = decideFacts(stored({length: null}), [ask({owner: 'ops'})])
    expect(outcomes).toMatchObject([{reply: {version: 0}, targets: [{version: 0}]}])
  })
})
