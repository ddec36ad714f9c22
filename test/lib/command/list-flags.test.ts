import {expect, test} from 'vitest'
import {columnsOf, queryOf, unsureOf} from '../../../src/lib/command/list-flags.ts'

const now = new Date('2026-04-01T00:00:00.000Z')

test.each<[string, number | undefined, string | null, boolean]>([
  ['nothing was pruned', 90, null, false],
  ['what was pruned is older than asked for', 30, '2026-03-01T00:00:00.000Z', false],
  ['what was pruned reaches into what is asked for', 90, '2026-03-01T00:00:00.000Z', true],
  ['nobody asks for what is unused', undefined, '2026-03-01T00:00:00.000Z', false],
])('--unused warns of what it cannot know: %s', (_, unused, readingsSince, warns) => {
  expect(unsureOf({unused}, readingsSince, now) !== null).toBe(warns)
})

test.each([
  [{}, {}, []],
  [{scope: 's', recursive: true}, {scope: 's', recursive: true}, []],
  [{unused: 90}, {unusedDays: 90}, ['last read']],
  [
    {expiring: 0, overdue: true, tag: 'a=b'},
    {expiringDays: 0, overdue: true, tag: 'a=b'},
    ['expires', 'rotation due', 'tags'],
  ],
])('%j asks for %j and shows why', (flags, query, headings) => {
  expect(queryOf(flags)).toEqual(query)
  expect(columnsOf(flags).map((column) => column.heading)).toEqual(headings)
})
