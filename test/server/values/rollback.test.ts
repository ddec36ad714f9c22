import {describe, expect, test} from 'vitest'
import type {Actor, Ask} from '../../../src/server/gate/types.ts'
import {type Entry, nameOf} from '../../../src/server/values/load.ts'
import {decideRestores} from '../../../src/server/values/restore.ts'
import {decideRollbacks, type RollbackInput, versionOf} from '../../../src/server/values/rollback.ts'
import {deleted, entry} from '../../world/entry.ts'

const now = '2026-01-02T00:00:00.000Z'
/** A value sealed by writing the version it is sealed for before it. */
const sealedAt = (version: number, value: string) => Buffer.from(`${version}:${value}`)
const handle: Parameters<typeof decideRollbacks>[0] = {
  org: 'default',
  now,
  trial: false,
  reseal: (from, sealed, to) => {
    const [version, value] = Buffer.from(sealed).toString().split(':')
    if (Number(version) !== from.version) throw new Error('sealed for another version')
    return {sealed: sealedAt(to.version, value!), equality: Buffer.from(value!), length: value!.length}
  },
}
const stored = (more: Partial<Entry>): Entry =>
  entry({kind: 'variable', scope: 's', key: 'K', version: 3, length: 5, equality: Buffer.from('third'), ...more})
/** Version 1 was purged; 2 and 3 are kept. */
const sources = new Map([
  [versionOf(5, 2), {sealed: sealedAt(2, 'second'), type: 'string' as const}],
  [versionOf(5, 3), {sealed: sealedAt(3, 'third'), type: 'string' as const}],
])
const purged = {...deleted, purged_at: '2026-01-01T13:00:00.000Z', length: null, equality: null}
const by = (surface: Actor['surface']) => ({name: 'bob', surface}) as Actor
const back = (to: number, more: object = {}, surface: Actor['surface'] = 'cli'): Ask<RollbackInput> => ({
  actor: by(surface),
  input: {params: {key: 'K'}, query: {scope: 's'}, body: {to, ...more}},
})
type Expected = {version?: number; length?: number; changed?: boolean; refused?: string; detail?: string}

describe('deciding a rollback', () => {
  test.each<[string, Entry | null, Ask<RollbackInput>[], object[], string[]]>([
    [
      'writes a new version with the value, sealed for its new place',
      stored({}),
      [back(2)],
      [{version: 4, length: 6, changed: true, updatedAt: now, updatedBy: 'bob'}],
      ['4:second'],
    ],
    ['writes none for the current version', stored({}), [back(3)], [{version: 3, changed: false}], []],
    [
      'writes none for a version with the value that it has',
      stored({equality: Buffer.from('second')}),
      [back(2)],
      [{version: 3, changed: false, updatedBy: 'ann'}],
      [],
    ],
    ['refuses a version that is not kept', stored({}), [back(1)], [{refused: 'not_found'}], []],
    ['refuses a version that is yet to be', stored({}), [back(4)], [{refused: 'not_found'}], []],
    ['refuses a name that is not there', null, [back(2)], [{refused: 'not_found'}], []],
    [
      'refuses a deleted name, and says what comes first',
      stored(deleted),
      [back(2)],
      [{refused: 'not_found', detail: expect.stringContaining('postern variable restore')}],
      [],
    ],
    ['refuses a purged name', stored(purged), [back(2)], [{refused: 'not_found'}], []],
    [
      'checks the version that is expected',
      stored({}),
      [back(2, {expectVersion: 2})],
      [{refused: 'version_conflict', facts: {currentVersion: 3}}],
      [],
    ],
    [
      'goes ahead at the version that is expected',
      stored({}),
      [back(2, {expectVersion: 3})],
      [{version: 4}],
      ['4:second'],
    ],
    [
      'refuses the dashboard a locked variable',
      stored({locked: 1}),
      [back(2, {}, 'dashboard')],
      [{refused: 'variable_locked'}],
      [],
    ],
    ['keeps the lock from the CLI', stored({locked: 1}), [back(2)], [{version: 4}], ['4:second']],
    [
      'gives a name without a value that of its last version',
      stored({length: null, equality: null}),
      [back(3)],
      [{version: 4, length: 5, changed: true}],
      ['4:third'],
    ],
    [
      'refuses a version from before it was deleted, and names what brings back',
      stored({first_version: 3, equality: Buffer.from('third')}),
      [back(2), back(3)],
      [{refused: 'not_found', detail: expect.stringContaining('postern variable restore')}, {changed: false}],
      [],
    ],
    [
      'lets a later ask see an earlier one, and go back to what it wrote',
      stored({}),
      [back(2), back(2), back(3), back(4)],
      [
        {version: 4, changed: true},
        {version: 4, changed: false},
        {version: 5, changed: true},
        {version: 6, changed: true},
      ],
      ['4:second', '5:third', '6:second'],
    ],
  ])('%s', (_, before, asks, expected, versions) => {
    const plan = decideRollbacks(
      handle,
      'variable',
      new Map(before === null ? [] : [[nameOf(before), before]]),
      sources,
      asks,
    )
    const said = plan.outcomes.map((outcome): Expected => ('refused' in outcome ? outcome : outcome.reply))
    expect(said).toMatchObject(expected)
    expect(plan.versions.map((version) => version.sealed.toString())).toEqual(versions)
    expect(plan.states).toMatchObject(
      versions.length === 0 ? [] : [{version: before!.version + versions.length, locked: before!.locked}],
    )
  })
})

test.each([
  ['secret', true, true],
  ['secret', false, false],
  ['variable', true, false],
] as const)('of a %s, where it is a trial: %s, a rollback to the same value changes: %s', (kind, trial, changed) => {
  const before = stored({kind, equality: Buffer.from('second')})
  const plan = decideRollbacks({...handle, trial}, kind, new Map([[nameOf(before), before]]), sources, [back(2)])
  expect(plan.outcomes).toMatchObject([{reply: {changed}}])
})

describe('deciding a restore', () => {
  const ask = (surface: Actor['surface'] = 'cli') => ({
    actor: by(surface),
    input: {params: {key: 'K'}, query: {scope: 's'}},
  })
  test.each<[string, Entry | null, ReturnType<typeof ask>[], object[]]>([
    [
      'brings it back under the version that it had',
      stored(deleted),
      [ask()],
      [{version: 3, length: 5, changed: true}],
    ],
    ['brings back what had no value', stored({...deleted, length: null}), [ask()], [{version: 0, length: null}]],
    ['refuses what is not deleted', stored({}), [ask()], [{refused: 'not_found'}]],
    ['refuses what never was', null, [ask()], [{refused: 'not_found'}]],
    ['refuses what was purged', stored(purged), [ask()], [{refused: 'not_found'}]],
    [
      'refuses the dashboard a locked variable',
      stored({...deleted, locked: 1}),
      [ask('dashboard')],
      [{refused: 'variable_locked'}],
    ],
    ['lets one of two', stored(deleted), [ask(), ask()], [{version: 3}, {refused: 'not_found'}]],
  ])('%s', (_, before, asks, expected) => {
    const plan = decideRestores(now, 'variable', new Map(before === null ? [] : [[nameOf(before), before]]), asks)
    expect(plan.outcomes.map((outcome) => ('refused' in outcome ? outcome : outcome.reply))).toMatchObject(expected)
    const restored = plan.outcomes.some((outcome) => !('refused' in outcome))
    const {id: _id, ...state} = before ?? stored({})
    expect(plan.states).toEqual(restored ? [{...state, deleted_at: null, updated_at: now, updated_by: 'bob'}] : [])
  })
})
