import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {
  type Break,
  type ChainLink,
  canonicalText,
  type Head,
  linkHash,
  verifyChain,
  verifyHead,
} from '../../src/formats/audit-chain.ts'

const file = new URL('../vectors/audit-chain.json', import.meta.url)
const vector = JSON.parse(readFileSync(file, 'utf8')) as {entries: ChainLink[]; head: Head; publicKey: string}

const forged = (link: ChainLink, change: object): ChainLink => {
  const canonical = canonicalText({...JSON.parse(link.canonical), ...change})
  return {canonical, hash: linkHash(canonical)}
}

describe('the audit chain', () => {
  test('verifies as its vector', () => {
    const {sequence, hash} = vector.head
    expect(verifyChain(vector.entries)).toEqual({breaks: [], last: {sequence, hash}})
    expect(verifyHead(vector.head, vector.publicKey)).toBe(true)
    for (const {canonical} of vector.entries) expect(canonicalText(JSON.parse(canonical))).toBe(canonical)
  })

  const [one, two, three, four] = vector.entries as [ChainLink, ChainLink, ChainLink, ChainLink]
  test.each<[string, ChainLink[], Break[]]>([
    [
      'an altered text',
      [one, {...two, canonical: two.canonical.replace('done', 'none')}, three],
      [{sequence: 2, kind: 'hash'}],
    ],
    ['a text altered with its hash', [one, forged(two, {outcome: 'unchanged'}), three], [{sequence: 3, kind: 'link'}]],
    [
      'an entry that is gone',
      [one, three],
      [
        {sequence: 3, kind: 'order'},
        {sequence: 3, kind: 'link'},
      ],
    ],
    [
      'two that changed places',
      [one, three, two, four],
      [3, 3, 2, 2, 4, 4].map((sequence, i) => ({sequence, kind: i % 2 === 0 ? 'order' : 'link'}) as Break),
    ],
    ['an entry that is none', [one, {canonical: '{', hash: 'x'}], [{sequence: 2, kind: 'form'}]],
    [
      'a missing beginning',
      [two],
      [
        {sequence: 2, kind: 'order'},
        {sequence: 2, kind: 'link'},
      ],
    ],
  ])('shows %s', (_, links, breaks) => {
    expect(verifyChain(links).breaks).toEqual(breaks)
  })

  test('goes on from any point', () => {
    expect(verifyChain([three, four], {sequence: 2, hash: two.hash}).breaks).toEqual([])
  })

  test.each([
    ['sequence', 5],
    ['hash', '0'],
    ['org', 'other'],
    ['time', 'never'],
    ['signature', 'AAAA'],
  ])('shows a head whose %s is another', (field, value) => {
    expect(verifyHead({...vector.head, [field]: value}, vector.publicKey)).toBe(false)
  })
})
