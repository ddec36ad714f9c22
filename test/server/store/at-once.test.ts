import {expect, test} from 'vitest'
import {atOnce} from '../../../src/server/store/at-once.ts'

const later = (laps: number, code: string | null) =>
  new Promise<string>((resolve, reject) => {
    setTimeout(() => (code === null ? resolve('done') : reject(Object.assign(new Error(code), {code}))), laps)
  })

test.each<[string, [number, string | null][], string | string[]]>([
  [
    'gives all answers in their order',
    [
      [4, null],
      [1, null],
    ],
    ['done', 'done'],
  ],
  [
    'throws the error on which others followed, whichever is heard of first',
    [
      [8, '0A000'],
      [1, '25P02'],
    ],
    '0A000',
  ],
  [
    'throws what only followed when nothing else is known',
    [
      [1, '25P02'],
      [2, null],
    ],
    '25P02',
  ],
])('atOnce %s', async (_, asked, gets) => {
  const all = atOnce(asked.map(([laps, code]) => later(laps, code)))
  if (typeof gets === 'string') await expect(all).rejects.toMatchObject({code: gets})
  else expect(await all).toEqual(gets)
})
