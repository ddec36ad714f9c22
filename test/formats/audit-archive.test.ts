import {createPrivateKey, createPublicKey, type KeyObject, sign} from 'node:crypto'
import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  type ArchiveBreak,
  headerLine,
  linesDigest,
  trailerLine,
  verifyArchive,
} from '../../src/formats/audit-archive.ts'
import {canonicalText, linkHash} from '../../src/formats/audit-chain.ts'
import {type Segment, segmentBytes} from '../../src/formats/audit-segment.ts'

const vector = readFileSync(new URL('../vectors/audit-archive.jsonl', import.meta.url), 'utf8')
/** Header, three entries, trailer; header, one entry, trailer. */
const lines = vector.split('\n').slice(0, -1)
/** The secret key of RFC 8032, 7.1, TEST 1. */
const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const keyOf = (hex: string) =>
  createPrivateKey({key: Buffer.from(`302e020100300506032b657004220420${hex}`, 'hex'), format: 'der', type: 'pkcs8'})
const publicOf = (key: KeyObject) => createPublicKey(key).export({format: 'der', type: 'spki'}).toString('base64')
const publicKey = publicOf(keyOf(seed))
const other = keyOf('11'.repeat(32))

async function* given(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts
}
const verify = (texts: readonly string[], known: Partial<Parameters<typeof verifyArchive>[1]> = {}) =>
  verifyArchive(given(texts), {publicKey, seen: () => [], after: null, ...known})

const segmentIn = (line: number) => (JSON.parse(lines[line]!) as {segment: Segment}).segment
const sealed = (segment: Segment, key = keyOf(seed)) =>
  headerLine({...segment, signature: sign(null, segmentBytes(segment), key).toString('base64')}, publicOf(key))
const replaced = (at: number, ...texts: string[]) => [...lines.slice(0, at), ...texts, ...lines.slice(at + 1)]
const edited = (at: number, change: object) => {
  const {segment, ...rest} = JSON.parse(lines[at]!)
  return replaced(at, canonicalText({...rest, segment: {...segment, ...change}}))
}
/** A history that somebody rewrote and, having the key, sealed again. */
function resealed(): string[] {
  let previous = segmentIn(0).previous
  const entries = lines.slice(1, 4).map((line) => {
    const text = canonicalText({...JSON.parse(line), address: '127.0.0.2', previous})
    previous = linkHash(text)
    return text
  })
  const digest = linesDigest()
  for (const text of entries) digest.add(text)
  return [sealed({...segmentIn(0), hash: previous}), ...entries, trailerLine(3, digest.hex())]
}
const point = (sequence: number) => ({sequence, hash: linkHash(lines[sequence === 4 ? 6 : sequence]!)})

describe('an archive', () => {
  test('verifies as its vector, against a known key or its own', async () => {
    for (const known of [publicKey, null]) {
      const {parts, breaks} = await verify(lines, {publicKey: known})
      expect(breaks).toEqual([])
      expect(parts.map(({segment}) => [segment.first, segment.last])).toEqual([
        [1, 3],
        [4, 4],
      ])
    }
    expect(sealed(segmentIn(0))).toBe(lines[0])
    expect(sealed(segmentIn(5))).toBe(lines[5])
  })

  test('has the heads that were seen', async () => {
    expect((await verify(lines, {seen: () => [0, 1, 2, 3, 4].slice(1).map(point)})).breaks).toEqual([])
  })

  test('goes on from the one before it, in a file of its own', async () => {
    const {parts} = await verify(lines.slice(0, 5))
    expect((await verify(lines.slice(5), {after: parts[0]!})).breaks).toEqual([])
    expect((await verify(lines.slice(5))).breaks).toEqual([])
    expect((await verify(lines.slice(0, 5), {after: parts[0]!})).breaks).toEqual([{line: 1, kind: 'gap'}])
  })

  test.each<[string, string[], ArchiveBreak[]]>([
    ['nothing', [], [{line: 1, kind: 'cut'}]],
    ['another kind of file', ['-----BEGIN CERTIFICATE-----'], [{line: 1, kind: 'form'}]],
    ['entries without a header', lines.slice(1), [{line: 1, kind: 'form'}]],
    [
      'a changed entry',
      replaced(2, lines[2]!.replace('secrets.set', 'secrets.get')),
      [
        {line: 4, kind: 'link'},
        {line: 5, kind: 'digest'},
      ],
    ],
    [
      'a changed last entry',
      replaced(3, lines[3]!.replace('SOC2-14', 'SOC2-15')),
      [
        {line: 4, kind: 'hash'},
        {line: 5, kind: 'digest'},
      ],
    ],
    [
      'an entry with a blank more',
      replaced(3, `${lines[3]} `),
      [
        {line: 4, kind: 'hash'},
        {line: 5, kind: 'digest'},
      ],
    ],
    [
      'an entry taken out',
      replaced(2),
      [
        {line: 3, kind: 'order'},
        {line: 3, kind: 'link'},
      ],
    ],
    [
      'an entry twice',
      replaced(2, lines[2]!, lines[2]!),
      [
        {line: 4, kind: 'order'},
        {line: 4, kind: 'link'},
      ],
    ],
    [
      'two that changed places',
      replaced(1, lines[2]!, lines[1]!),
      [
        {line: 2, kind: 'order'},
        {line: 2, kind: 'link'},
      ],
    ],
    ['the last entry taken out', replaced(3), [{line: 4, kind: 'form'}]],
    ['an entry that is none', replaced(2, '{'), [{line: 3, kind: 'form'}]],
    ['a count that is none', replaced(4, lines[4]!.replace('3', '2')), [{line: 5, kind: 'digest'}]],
    [
      'a trailer taken out',
      replaced(4),
      [
        {line: 5, kind: 'digest'},
        {line: 6, kind: 'form'},
      ],
    ],
    ['its end cut off within a segment', lines.slice(0, 3), [{line: 4, kind: 'cut'}]],
    ['its last trailer cut off', lines.slice(0, 7), [{line: 8, kind: 'cut'}]],
    ['something after its end', [...lines, 'x'], [{line: 9, kind: 'form'}]],
    ['a segment taken out', [...lines.slice(0, 5), ...lines.slice(0, 5)], [{line: 6, kind: 'gap'}]],
    ['segments that changed places', [...lines.slice(5), ...lines.slice(0, 5)], [{line: 4, kind: 'gap'}]],
    [
      'another organization in its header',
      edited(0, {org: 'acme'}),
      expect.arrayContaining([{line: 1, kind: 'signature'}]),
    ],
    [
      'a segment that claims another beginning',
      edited(5, {previous: '0'.repeat(64)}),
      expect.arrayContaining([
        {line: 6, kind: 'signature'},
        {line: 6, kind: 'gap'},
      ]),
    ],
    [
      'a header that says more',
      replaced(0, canonicalText({...JSON.parse(lines[0]!), note: 'x'})),
      [{line: 1, kind: 'form'}],
    ],
    ['a header without a signature', edited(0, {signature: ''}), [{line: 1, kind: 'signature'}]],
    ['a seal of another key', replaced(0, sealed(segmentIn(0), other)), [{line: 1, kind: 'key'}]],
    [
      "a segment of another organization's log",
      replaced(5, sealed({...segmentIn(5), org: 'acme'})),
      [{line: 6, kind: 'org'}],
    ],
  ])('shows %s', async (_, texts, breaks) => {
    expect((await verify(texts)).breaks).toEqual(breaks)
  })

  test('of its own key shows no other key, except that of a later segment', async () => {
    const foreign = sealed(segmentIn(0), other)
    expect((await verify([foreign, ...lines.slice(1, 5)], {publicKey: null})).breaks).toEqual([])
    expect((await verify(replaced(0, foreign), {publicKey: null})).breaks).toEqual([{line: 6, kind: 'key'}])
  })

  test('that was rewritten and sealed again verifies, but not for who saw a head of the true one', async () => {
    expect((await verify(resealed())).breaks).toEqual([])
    expect((await verify(resealed(), {seen: () => [point(3)]})).breaks).toEqual([{line: 4, kind: 'rewritten'}])
    expect((await verify(resealed(), {seen: () => [{...point(3), sequence: 9}]})).breaks).toEqual([])
  })

  test('shows any byte that is another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(vector.length - 2), fc.integer({min: 32, max: 126}), async (at, code) => {
        const character = String.fromCharCode(code)
        fc.pre(character !== vector[at] && vector[at] !== '\n')
        const texts = (vector.slice(0, at) + character + vector.slice(at + 1)).split('\n').slice(0, -1)
        expect((await verify(texts)).breaks).not.toEqual([])
      }),
    )
  })

  test('shows any line that is gone', async () => {
    for (const [at] of lines.entries()) {
      // The first part alone is an archive too: what was cut after it shows who saw more.
      expect((await verify(replaced(at))).breaks, `line ${at + 1}`).not.toEqual([])
    }
    expect((await verify(lines.slice(0, 5))).breaks).toEqual([])
  })
})
