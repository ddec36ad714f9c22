import {generateKeyPairSync, sign} from 'node:crypto'
import {expect, test} from 'vitest'
import {type AuditBreak, type AuditPage, type Known, verifyAudit} from '../../src/client/verify-audit.ts'
import {type ChainLink, canonicalText, GENESIS, type Head, headBytes, linkHash} from '../../src/formats/audit-chain.ts'
import {type Segment, segmentBytes} from '../../src/formats/audit-segment.ts'

const keys = generateKeyPairSync('ed25519')
const others = generateKeyPairSync('ed25519')
const spki = (pair: typeof keys) => pair.publicKey.export({type: 'spki', format: 'der'}).toString('base64')

const pruneOf = (name: string) => ({operation: 'audit.prune', outcome: 'done', target: {kind: 'audit', name}})
/** By sequence; all others set a secret. */
const prunes: Record<number, object> = {
  20: pruneOf('13'),
  21: pruneOf('1-10'),
  22: pruneOf('1-20'),
  23: {...pruneOf('1-11'), outcome: 'refused'},
  24: {...pruneOf('1-12'), operation: 'secrets.set', reason: 'audit.prune'},
}

function chain(length: number, from: ChainLink[] = []): ChainLink[] {
  const links = [...from]
  while (links.length < length) {
    const previous = links.at(-1)?.hash ?? GENESIS
    const sequence = links.length + 1
    const canonical = canonicalText({...(prunes[sequence] ?? {operation: 'secrets.set'}), sequence, previous})
    links.push({canonical, hash: linkHash(canonical)})
  }
  return links
}

function headOf(links: ChainLink[], pair = keys, org = 'default'): Head {
  const head = {org, sequence: links.length, hash: links.at(-1)?.hash ?? GENESIS, time: '2026-11-24T00:00:00.000Z'}
  return {...head, signature: sign(null, headBytes(head), pair.privateKey).toString('base64')}
}

/** The seal of the first entries of a log. */
function sealOf(links: ChainLink[], last: number, pair = keys, org = 'default'): Segment {
  const time = '2026-11-24T00:00:00.000Z'
  const unsigned = {org, first: 1, last, previous: GENESIS, hash: links[last - 1]!.hash, time}
  return {...unsigned, signature: sign(null, segmentBytes(unsigned), pair.privateKey).toString('base64')}
}

const good = chain(25)
const at = (links: ChainLink[], sequence: number) => ({sequence, hash: links[sequence - 1]!.hash})
const changed = (links: ChainLink[], sequence: number, text: string) =>
  links.map((link, i) =>
    i === sequence - 1 ? {...link, canonical: link.canonical.replace('secrets.set', text)} : link,
  )
const rehashed = (links: ChainLink[], sequence: number): ChainLink[] => {
  const canonical = links[sequence - 1]!.canonical.replace('secrets.set', 'secrets.xxx')
  return chain(links.length, [...links.slice(0, sequence - 1), {canonical, hash: linkHash(canonical)}])
}

const sequenceOf = (link: ChainLink) => (JSON.parse(link.canonical) as {sequence: number}).sequence

interface Row {
  does: string
  links?: ChainLink[]
  head?: Head
  /** The seal of what was pruned; the entries up to it are gone. */
  base?: Segment
  publicKey?: string
  known?: Partial<Known>
  breaks: AuditBreak[]
}

test.each<Row>([
  {does: 'passes', breaks: []},
  {does: 'passes with what was remembered', known: {remembered: at(good, 10)}, breaks: []},
  {does: 'passes with the head remembered', known: {remembered: at(good, 25)}, breaks: []},
  {does: 'passes an empty log', links: [], head: headOf([]), breaks: []},
  {does: 'passes what was written since the first page', head: headOf(good.slice(0, 20)), breaks: []},
  {does: 'passes unpinned', known: {pinnedKey: null}, breaks: []},
  {does: 'sees a changed entry', links: changed(good, 7, 'secrets.get'), breaks: [{sequence: 7, kind: 'hash'}]},
  {
    does: 'sees a changed last entry',
    links: changed(good, 25, 'secrets.get'),
    breaks: [{sequence: 25, kind: 'hash'}],
  },
  {
    does: 'sees an entry taken out',
    links: good.filter((_, i) => i !== 6),
    breaks: [
      {sequence: 8, kind: 'order'},
      {sequence: 8, kind: 'link'},
    ],
  },
  {does: 'sees the end cut off', links: good.slice(0, 20), breaks: [{sequence: 21, kind: 'missing'}]},
  {does: 'sees everything gone', links: [], breaks: [{sequence: 1, kind: 'missing'}]},
  {does: 'sees a rewritten tail', links: rehashed(good, 7), breaks: [{sequence: 25, kind: 'head'}]},
  {
    does: 'sees a rewritten tail that the server signed',
    links: rehashed(good, 7),
    head: headOf(rehashed(good, 7)),
    known: {remembered: at(good, 20)},
    breaks: [{sequence: 20, kind: 'rewritten'}],
  },
  {
    does: 'sees an old copy put back',
    links: good.slice(0, 10),
    head: headOf(good.slice(0, 10)),
    known: {remembered: at(good, 20)},
    breaks: [{sequence: 20, kind: 'rolled-back'}],
  },
  {does: 'sees a forged head', head: headOf(good, others), breaks: [{sequence: 25, kind: 'signature'}]},
  {
    does: 'sees another key',
    head: headOf(good, others),
    publicKey: spki(others),
    breaks: [{sequence: 25, kind: 'key'}],
  },
  {does: "sees another organization's head", head: headOf(good, keys, 'rest'), breaks: [{sequence: 25, kind: 'head'}]},
  {does: 'passes a log that begins after a seal', base: sealOf(good, 10), breaks: []},
  {
    does: 'passes what was pruned up to the head that was seen',
    base: sealOf(good, 10),
    known: {remembered: at(good, 10)},
    breaks: [],
  },
  {
    does: 'passes what was pruned beyond the head that was seen: that is in the archive',
    base: sealOf(good, 10),
    known: {remembered: at(good, 4)},
    breaks: [],
  },
  {
    does: 'sees another end of what was pruned than the head that was seen',
    base: sealOf(rehashed(good, 7), 10),
    links: rehashed(good, 7),
    head: headOf(rehashed(good, 7)),
    known: {remembered: at(good, 10)},
    breaks: [{sequence: 10, kind: 'rewritten'}],
  },
  {
    does: 'sees a beginning that nobody sealed',
    base: {...sealOf(good, 10), signature: ''},
    breaks: [{sequence: 10, kind: 'base'}],
  },
  {
    does: 'sees a beginning that is sealed with another key',
    base: sealOf(good, 10, others),
    breaks: [{sequence: 10, kind: 'base'}],
  },
  {
    does: "sees the beginning of another organization's log",
    base: sealOf(good, 10, keys, 'rest'),
    breaks: [{sequence: 10, kind: 'base'}],
  },
  {
    does: 'does not take a signed head for a seal',
    base: {...sealOf(good, 10), signature: headOf(good.slice(0, 10)).signature},
    breaks: [{sequence: 10, kind: 'base'}],
  },
  {
    does: 'sees entries that are gone although they were sealed alone: nothing says that they were pruned',
    base: sealOf(good, 9),
    breaks: [{sequence: 9, kind: 'unpruned'}],
  },
  {
    does: 'does not take a prune that was refused for one',
    base: sealOf(good, 11),
    breaks: [{sequence: 11, kind: 'unpruned'}],
  },
  {
    does: 'does not take another deed for a prune',
    base: sealOf(good, 12),
    breaks: [{sequence: 12, kind: 'unpruned'}],
  },
  {
    does: 'does not take the prune of other entries for theirs',
    base: sealOf(good, 13),
    breaks: [{sequence: 13, kind: 'unpruned'}],
  },
  {
    does: 'does not take a prune from beyond the head',
    base: sealOf(good, 10),
    head: headOf(good.slice(0, 20)),
    breaks: [{sequence: 10, kind: 'unpruned'}],
  },
  {
    does: 'sees a beginning that the log does not follow',
    base: sealOf(rehashed(good, 7), 10),
    breaks: [{sequence: 11, kind: 'link'}],
  },
  {
    does: 'sees entries that are gone without a seal',
    links: good.slice(10),
    breaks: [
      {sequence: 11, kind: 'order'},
      {sequence: 11, kind: 'link'},
    ],
  },
  {
    does: 'sees a beginning beyond the head',
    base: sealOf(good, 25),
    head: headOf(good.slice(0, 20)),
    breaks: expect.arrayContaining([{sequence: 25, kind: 'base'}]),
  },
  {
    does: 'ends when the same page comes again and again',
    links: [good[0]!, ...Array.from({length: 12}, () => good[0]!)],
    breaks: expect.arrayContaining([{sequence: 2, kind: 'missing'}]),
  },
])('$does', async ({links = good, head = headOf(good), base, publicKey = spki(keys), known, breaks}) => {
  const pageAfter = async (sequence: number): Promise<AuditPage> => ({
    entries: links.filter((link) => sequenceOf(link) > Math.max(sequence, base?.last ?? 0)).slice(0, 10),
    head,
    base: base ?? null,
    publicKey,
  })
  const verified = await verifyAudit(pageAfter, {org: 'default', pinnedKey: spki(keys), remembered: null, ...known})
  expect(verified.breaks).toEqual(breaks)
})

test('a log that is pruned while it is read is read again', async () => {
  let asked = 0
  const pageAfter = async (sequence: number): Promise<AuditPage> => {
    asked += 1
    const base = asked > 1 ? sealOf(good, 20) : null
    const entries = good.filter((link) => sequenceOf(link) > Math.max(sequence, base?.last ?? 0)).slice(0, 10)
    return {entries, head: headOf(good), base, publicKey: spki(keys)}
  }
  const verified = await verifyAudit(pageAfter, {org: 'default', pinnedKey: spki(keys), remembered: null})
  expect(verified).toMatchObject({breaks: [], entries: 5, base: {last: 20}})
})

test('a server that claims to prune for ever is not believed', async () => {
  let last = 1
  const pageAfter = async (): Promise<AuditPage> => {
    last += 1
    return {entries: [], head: headOf(good), base: sealOf(good, last), publicKey: spki(keys)}
  }
  const verified = await verifyAudit(pageAfter, {org: 'default', pinnedKey: spki(keys), remembered: null})
  expect(verified.breaks).toMatchObject([{kind: 'missing'}, {kind: 'unpruned'}])
})
