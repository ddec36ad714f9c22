import {describe, expect, test} from 'vitest'
import {factsIn} from '../../../src/lib/command/fact-flags.ts'

const now = new Date('2026-11-24T12:00:00Z')
type Flags = Parameters<typeof factsIn>[0]

test.each<[string, Flags, object | null]>([
  ['nothing', {}, null],
  ['an owner', {owner: 'payments'}, {owner: 'payments'}],
  ['no owner', {owner: ''}, {owner: null}],
  ['a note of any characters', {note: 'ask Zoë: = ✓'}, {note: 'ask Zoë: = ✓'}],
  ['an end in days', {expires: '90d'}, {expiresAt: '2027-02-22T12:00:00.000Z'}],
  ['an end by date', {expires: '2027-01-31'}, {expiresAt: '2027-01-31T00:00:00.000Z'}],
  ['no end', {expires: ''}, {expiresAt: null}],
  ['rotation in weeks', {'rotate-every': '12w'}, {rotateDays: 84}],
  ['no rotation', {'rotate-every': ''}, {rotateDays: null}],
  ['tags, one with "=" in its value', {tag: ['a=b', 'c=d=e'], untag: ['f']}, {tags: {a: 'b', c: 'd=e', f: null}}],
])('the flags ask for %s', (_, flags, body) => {
  expect(factsIn(flags, now)).toEqual(body)
})

describe('refuses, without repeating it,', () => {
  test.each<[string, Flags, string]>([
    ['a control character', {owner: 'hunter2\u0007'}, '--owner'],
    ['too long a note', {note: 'hunter2'.repeat(80)}, '--note'],
    ['an end that is past', {expires: '2020-01-01'}, '--expires'],
    ['an end that is no time', {expires: 'hunter2'}, '--expires'],
    ['rotation in hours', {'rotate-every': '12h'}, '--rotate-every'],
    ['rotation in no days', {'rotate-every': '0d'}, '--rotate-every'],
    ['rotation beyond ten years', {'rotate-every': '3651d'}, '--rotate-every'],
    ['a tag without a value', {tag: ['hunter2']}, '--tag'],
    ['a tag with an empty value', {tag: ['hunter2=']}, '--tag'],
    ['a tag without a name', {tag: ['=hunter2']}, '--tag'],
    ['a tag with a blank in its name', {tag: ['hun ter2=x']}, '--tag'],
    ['a tag with a newline in its value', {tag: ['a=hunter2\n']}, '--tag'],
    ['a tag of a name that objects lose', {tag: ['__proto__=hunter2']}, '--tag'],
    ['a wrong name to take away', {untag: ['hunter2=x']}, '--untag'],
    ['a tag twice', {tag: ['hunter2=x', 'hunter2=y']}, 'twice'],
    ['a tag given and taken away', {tag: ['hunter2=x'], untag: ['hunter2']}, 'twice'],
  ])('%s', (_, flags, says) => {
    expect(() => factsIn(flags, now)).toThrowError(expect.objectContaining({code: 'usage'}))
    expect(() => factsIn(flags, now)).toThrowError(new RegExp(says))
    expect(() => factsIn(flags, now)).not.toThrowError(/hunter2/)
  })
})
