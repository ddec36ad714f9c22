import {describe, expect, test} from 'vitest'
import {fingerprint} from '../../../src/formats/fingerprint.ts'
import type {Actor, Ask} from '../../../src/server/gate/types.ts'
import {type Entry, type Kind, nameOf} from '../../../src/server/values/load.ts'
import {type Decider, decideSets, type SetInput} from '../../../src/server/values/set.ts'
import {entry} from '../../world/entry.ts'

const handle: Decider = {
  org: 'default',
  orgId: 1,
  now: '2026-01-02T00:00:00.000Z',
  trial: false,
  seal: (place) => Buffer.from(`sealed at ${place.version}`),
  equality: (place, bytes) => Buffer.from(fingerprint(Buffer.concat([Buffer.from(JSON.stringify(place)), bytes]))),
}
const equalityOf = (value: string, kind: Kind = 'variable') =>
  handle.equality({org: 'default', kind, scope: 's', key: 'K', type: 'string'}, Buffer.from(value))
const stored = (more: Partial<Entry>): Entry =>
  entry({kind: 'variable', scope: 's', key: 'K', version: 3, equality: equalityOf('old'), ...more})
const ask = (value: string, more: object = {}, surface: Actor['surface'] = 'cli'): Ask<SetInput> => ({
  actor: {name: 'bob', surface} as Actor,
  input: {params: {key: 'K'}, query: {scope: 's'}, body: {value: {encoding: 'utf8', data: value}, ...more}},
})

type Expected = {version?: number; changed?: boolean; locked?: boolean; refused?: string}
const deleted = {deleted_at: '2026-01-01T12:00:00.000Z', length: null, equality: null}

describe('deciding a set', () => {
  test.each<[string, Entry | null, Ask<SetInput>[], Expected[], number[]]>([
    ['makes version 1 of a new name', null, [ask('a')], [{version: 1, changed: true, locked: false}], [1]],
    ['makes none for the value that is stored', stored({}), [ask('old')], [{version: 3, changed: false}], []],
    ['makes the next for another value', stored({}), [ask('new')], [{version: 4, changed: true}], [4]],
    [
      'lets a later ask see an earlier one',
      null,
      [ask('a'), ask('a'), ask('b')],
      [
        {version: 1, changed: true},
        {version: 1, changed: false},
        {version: 2, changed: true},
      ],
      [1, 2],
    ],
    [
      'checks the version before the value',
      stored({}),
      [ask('old', {expectVersion: 2})],
      [{refused: 'version_conflict'}],
      [],
    ],
    [
      'lets one of two win that expect the same version',
      stored({}),
      [ask('a', {expectVersion: 3}), ask('b', {expectVersion: 3})],
      [{version: 4}, {refused: 'version_conflict'}],
      [4],
    ],
    [
      'takes a deleted name as one that does not exist',
      stored(deleted),
      [ask('old', {expectVersion: 0})],
      [{version: 4, changed: true}],
      [4],
    ],
    [
      'takes a declared name as one without a value',
      stored({version: 0, length: null, equality: null}),
      [ask('a', {expectVersion: 0})],
      [{version: 1}],
      [1],
    ],
    ['keeps a lock', stored({locked: 1}), [ask('new')], [{version: 4, locked: true}], [4]],
    [
      'changes a lock without a new version',
      stored({}),
      [ask('old', {locked: true})],
      [{version: 3, changed: true, locked: true}],
      [],
    ],
    [
      'removes a lock',
      stored({locked: 1}),
      [ask('old', {locked: false})],
      [{version: 3, changed: true, locked: false}],
      [],
    ],
    [
      'refuses the dashboard a locked variable that was deleted',
      stored({...deleted, locked: 1}),
      [ask('new', {}, 'dashboard')],
      [{refused: 'variable_locked'}],
      [],
    ],
    [
      'refuses the dashboard a locked variable',
      stored({locked: 1}),
      [ask('new', {}, 'dashboard')],
      [{refused: 'variable_locked'}],
      [],
    ],
    [
      'refuses the dashboard to unlock it',
      stored({locked: 1}),
      [ask('old', {locked: false}, 'dashboard')],
      [{refused: 'variable_locked'}],
      [],
    ],
    [
      'does not bring back the lock of a deleted name',
      stored({...deleted, locked: 1}),
      [ask('x')],
      [{version: 4, locked: false}],
      [4],
    ],
  ])('%s', (_, before, asks, expected, versions) => {
    const plan = decideSets(handle, 'variable', new Map(before === null ? [] : [[nameOf(before), before]]), asks)
    const said = plan.outcomes.map((outcome) => ('refused' in outcome ? {refused: outcome.refused} : outcome.reply))
    expect(said).toMatchObject(expected)
    expect(plan.versions.map((version) => version.version)).toEqual(versions)
    expect(plan.states.length).toBe(plan.outcomes.some((o) => 'changed' in o && o.changed) ? 1 : 0)
  })
})

test.each<[Kind, boolean, string, boolean]>([
  ['secret', true, 'the value that it has', true],
  ['secret', true, 'another', true],
  ['secret', false, 'the value that it has', false],
  ['secret', false, 'another', true],
  ['variable', true, 'the value that it has', false],
  ['variable', true, 'another', true],
])('of a %s, where it is a trial: %s, says of %s that it changes: %s', (kind, trial, value, changed) => {
  const before = stored({kind, equality: equalityOf('the value that it has', kind)})
  const plan = decideSets({...handle, trial}, kind, new Map([[nameOf(before), before]]), [ask(value)])
  expect(plan.outcomes).toMatchObject([{reply: {changed, version: changed ? 4 : 3}}])
})
