import {createHash} from 'node:crypto'
import {type Break, type ChainPoint, canonicalText, linkHash, verifyChain} from './audit-chain.ts'
import {beginOf, endOf, type Segment, verifySegment} from './audit-segment.ts'

/*
 * An archive is lines of UTF-8, each ended by LF. It has one part for each segment, the oldest first: a header, the
 * entries' canonical texts, a trailer. The format: docs/formats/audit-archive.md.
 */

/** The line that begins a segment. `publicKey`: the key that sealed it, SPKI, base64. */
export const headerLine = (segment: Segment, publicKey: string): string =>
  canonicalText({archive: 1, publicKey, segment})

/** The line that ends a segment: how many entries, and the digest of their lines. */
export const trailerLine = (entries: number, sha256: string): string => canonicalText({entries, sha256})

/** SHA-256 over the lines of entries, each with its LF. Who can give it has read every one of them. */
export function linesDigest(): {add: (canonical: string) => void; hex: () => string} {
  const hash = createHash('sha256')
  return {add: (canonical) => hash.update(`${canonical}\n`, 'utf8'), hex: () => hash.digest('hex')}
}

/**
 * `form`: no line that may stand there; `cut`: it ends too early; `gap`: the segment does not follow the one before;
 * `org`, `key`: it is another organization's, or sealed with another key; `signature`: it is not sealed; `hash`: its last
 * entry is not the one that was sealed; `digest`: the trailer is not that of the entries; `rewritten`: a head that was
 * seen is another entry here. `link` and `order` as in a chain.
 */
export interface ArchiveBreak {
  line: number
  kind: Break['kind'] | 'cut' | 'gap' | 'org' | 'key' | 'signature' | 'digest' | 'rewritten'
}

/** A segment of an archive, and the digest of its entries' lines. */
export interface Part {
  segment: Segment
  publicKey: string
  sha256: string
}

export interface ArchiveKnown {
  /** The key that must have sealed it; null: the one that it names itself. */
  publicKey: string | null
  /** Heads of an organization that were seen, so that a history which was rewritten and sealed again shows. */
  seen: (org: string) => readonly ChainPoint[]
  /** The part that it must follow; null: it may begin anywhere. */
  after: Part | null
}

/** Verifies an archive alone, line by line: every entry, the seals, and that its segments follow each other. */
export async function verifyArchive(
  lines: AsyncIterable<string>,
  {publicKey, seen, after}: ArchiveKnown,
): Promise<{parts: Part[]; breaks: ArchiveBreak[]}> {
  const parts: Part[] = []
  const breaks: ArchiveBreak[] = []
  const iterator = lines[Symbol.asyncIterator]()
  let line = 0
  const next = async () => {
    line += 1
    const {done, value} = await iterator.next()
    return done === true ? null : value
  }
  const say = (kind: ArchiveBreak['kind']) => breaks.push({line, kind})
  const ended = () => ({parts, breaks})
  let before = after
  let text = await next()
  if (text === null) say('cut')
  for (; text !== null; text = await next()) {
    const header = headerIn(text)
    if (header === null) {
      say('form')
      return ended()
    }
    const {segment} = header
    for (const kind of headerBreaks(header, publicKey, before)) say(kind)
    const points = seen(segment.org)
    const compare = ({sequence, hash}: ChainPoint) => {
      if (points.some((point) => point.sequence === sequence && point.hash !== hash)) say('rewritten')
    }
    const digest = linesDigest()
    let last = beginOf(segment)
    compare(last)
    while (last.sequence < segment.last) {
      const canonical = await next()
      const step = canonical === null ? null : verifyChain([{canonical, hash: linkHash(canonical)}], last)
      for (const {kind} of step?.breaks ?? [{kind: 'cut' as const}]) say(kind)
      // What is not the next entry leaves nothing to count on in what follows.
      if (step === null || step.breaks.some(({kind}) => kind !== 'link')) return ended()
      digest.add(canonical!)
      last = step.last
      compare(last)
    }
    if (last.hash !== segment.hash) say('hash')
    const sha256 = digest.hex()
    const trailer = await next()
    if (trailer === null) say('cut')
    else if (trailer !== trailerLine(segment.last - segment.first + 1, sha256)) say('digest')
    before = {...header, sha256}
    parts.push(before)
  }
  return ended()
}

type Header = Omit<Part, 'sha256'>

function headerBreaks({segment, publicKey}: Header, known: string | null, before: Part | null): ArchiveBreak['kind'][] {
  const kinds: ArchiveBreak['kind'][] = []
  const expected = known ?? before?.publicKey ?? publicKey
  if (publicKey !== expected) kinds.push('key')
  else if (!verifySegment(segment, publicKey)) kinds.push('signature')
  if (before === null) return kinds
  const {sequence, hash} = endOf(before.segment)
  if (segment.org !== before.segment.org) kinds.push('org')
  else if (segment.first !== sequence + 1 || segment.previous !== hash) kinds.push('gap')
  return kinds
}

/** The header that a line is; null: it is none, or says more or less than one, or not in the canonical form. */
function headerIn(text: string): Header | null {
  try {
    const {publicKey, segment} = JSON.parse(text) as {publicKey: unknown; segment: Segment}
    const {org, first, last, previous, hash, time, signature} = segment
    const strings = [publicKey, org, previous, hash, time, signature]
    if (!strings.every((one) => typeof one === 'string')) return null
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 1 || last < first) return null
    const header = {publicKey: String(publicKey), segment: {org, first, last, previous, hash, time, signature}}
    return headerLine(header.segment, header.publicKey) === text ? header : null
  } catch {
    return null
  }
}
