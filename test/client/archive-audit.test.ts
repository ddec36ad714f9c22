import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {archiveText} from '../../src/client/archive-audit.ts'
import {linkHash} from '../../src/formats/audit-chain.ts'
import type {Segment} from '../../src/formats/audit-segment.ts'

const vector = readFileSync(new URL('../vectors/audit-archive.jsonl', import.meta.url), 'utf8')
const lines = vector.split('\n').slice(0, -1)
const headers = lines.filter((line) => line.startsWith('{"archive"')).map((line) => JSON.parse(line))
const segments = headers.map(({segment}) => segment as Segment)
const entries = lines
  .filter((line) => line.startsWith('{"actor"'))
  .map((canonical) => ({canonical, hash: linkHash(canonical)}))

/** A server with these entries whose pages hold so many. */
const serverOf = (held: typeof entries, size: number) => async (after: number) => ({
  entries: held.filter(({canonical}) => JSON.parse(canonical).sequence > after).slice(0, size),
})

async function textOf(held: typeof entries, size: number): Promise<string> {
  let text = ''
  for await (const chunk of archiveText(segments, headers[0].publicKey, serverOf(held, size))) text += chunk
  return text
}

describe('the text of an archive', () => {
  test.each([1, 2, 3, 4, 100])('is its vector, with pages of %i', async (size) => {
    expect(await textOf(entries, size)).toBe(vector)
  })

  test('ends with an error when the server has no more entries', async () => {
    await expect(textOf(entries.slice(0, 3), 2)).rejects.toMatchObject({code: 'failed'})
  })
})
