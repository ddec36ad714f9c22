import {expect, test} from 'vitest'
import {allItems, allPages} from '../../../src/lib/command/all-pages.ts'

type Page = {items: number[]; nextCursor: string | null}

test.each<[string, Record<string, Page>, number[]]>([
  ['nothing', {'': {items: [], nextCursor: null}}, []],
  ['one page', {'': {items: [1, 2], nextCursor: null}}, [1, 2]],
  [
    'three pages, one of them empty',
    {
      '': {items: [1], nextCursor: 'a'},
      a: {items: [], nextCursor: 'b'},
      b: {items: [2, 3], nextCursor: null},
    },
    [1, 2, 3],
  ],
])('goes over %s in order', async (_, pages, items) => {
  expect(await allItems(async (cursor) => pages[cursor ?? '']!)).toEqual(items)
})

test('fetches no page that is not asked for', async () => {
  const asked: (string | undefined)[] = []
  for await (const _ of allPages(async (cursor) => {
    asked.push(cursor)
    return {items: [1], nextCursor: 'more'}
  })) {
    if (asked.length === 2) break
  }
  expect(asked).toEqual([undefined, 'more'])
})
