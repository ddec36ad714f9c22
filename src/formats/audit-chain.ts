import {Buffer} from 'node:buffer'
import {createHash, createPublicKey, verify} from 'node:crypto'
import canonicalize from 'canonicalize'

/** The hash that precedes the first entry. */
export const GENESIS = '0'.repeat(64)

/** A stored entry: its canonical text (RFC 8785) and the SHA-256 of that, hex. The format: docs/formats/audit-chain.md. */
export interface ChainLink {
  canonical: string
  hash: string
}

export interface Head {
  org: string
  sequence: number
  hash: string
  time: string
  /** Ed25519 (RFC 8032) over `headBytes`, base64. */
  signature: string
}

export interface Break {
  sequence: number
  kind: 'hash' | 'order' | 'link' | 'form'
}

/** A place in the chain: the entry that was last seen. */
export interface ChainPoint {
  sequence: number
  hash: string
}

export const start: ChainPoint = {sequence: 0, hash: GENESIS}

/** The canonical text of an entry. */
export const canonicalText = (entry: object): string => canonicalize(entry)!

/** The hash of an entry's canonical text. */
export const linkHash = (canonical: string): string => createHash('sha256').update(canonical, 'utf8').digest('hex')

/** What the head's signature is over. */
export const headBytes = (head: Omit<Head, 'signature'>): Buffer =>
  Buffer.from(
    canonicalText({
      format: 1,
      hash: head.hash,
      org: head.org,
      purpose: 'postern audit head',
      sequence: head.sequence,
      time: head.time,
    }),
  )

/**
 * Goes over entries, oldest first, from the point `after`, and gives each break and the last point.
 * A break of kind `hash`: the text is not what was hashed; `order`: a sequence is missing or twice; `link`: it does not
 * follow the entry before it; `form`: not an entry at all.
 */
export function verifyChain(
  links: Iterable<ChainLink>,
  after: ChainPoint = start,
): {breaks: Break[]; last: ChainPoint} {
  const breaks: Break[] = []
  let last = after
  for (const link of links) {
    const expected = last.sequence + 1
    const entry = parsed(link.canonical)
    if (entry === null) breaks.push({sequence: expected, kind: 'form'})
    else {
      if (linkHash(link.canonical) !== link.hash) breaks.push({sequence: entry.sequence, kind: 'hash'})
      if (entry.sequence !== expected) breaks.push({sequence: entry.sequence, kind: 'order'})
      if (entry.previous !== last.hash) breaks.push({sequence: entry.sequence, kind: 'link'})
    }
    last = {sequence: entry?.sequence ?? expected, hash: link.hash}
  }
  return {breaks, last}
}

/** Whether the head was signed with the key whose public half is given (SPKI, base64). */
export const verifyHead = (head: Head, publicKey: string): boolean =>
  isSigned(headBytes(head), head.signature, publicKey)

/** Whether `signature` (base64) is the key's over these bytes. The key: Ed25519, SPKI, base64. */
export function isSigned(bytes: Uint8Array, signature: string, publicKey: string): boolean {
  try {
    const key = createPublicKey({key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki'})
    const raw = Buffer.from(signature, 'base64')
    // One text alone is the signature's: what decodes to the same bytes is a change all the same.
    return raw.toString('base64') === signature && verify(null, bytes, key, raw)
  } catch {
    return false
  }
}

function parsed(canonical: string): {sequence: number; previous: string} | null {
  try {
    const entry = JSON.parse(canonical) as {sequence?: unknown; previous?: unknown}
    if (typeof entry.sequence !== 'number' || typeof entry.previous !== 'string') return null
    return {sequence: entry.sequence, previous: entry.previous}
  } catch {
    return null
  }
}
