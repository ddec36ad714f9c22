import {Buffer} from 'node:buffer'
import {type ChainPoint, canonicalText, isSigned} from './audit-chain.ts'

/** A closed part of a chain: the entries `first` to `last`. The format: docs/formats/audit-archive.md. */
export interface Segment {
  org: string
  first: number
  last: number
  /** The hash of the entry before the first. */
  previous: string
  /** The hash of the last entry. */
  hash: string
  /** The last entry's time. */
  time: string
  /** Ed25519 (RFC 8032) over `segmentBytes`, base64. */
  signature: string
}

/** What a segment's signature is over. */
export const segmentBytes = ({org, first, last, previous, hash, time}: Omit<Segment, 'signature'>): Buffer =>
  Buffer.from(canonicalText({first, format: 1, hash, last, org, previous, purpose: 'postern audit segment', time}))

/** Whether the segment was sealed with the key whose public half is given (SPKI, base64). */
export const verifySegment = (segment: Segment, publicKey: string): boolean =>
  isSigned(segmentBytes(segment), segment.signature, publicKey)

/** Where a segment begins to be verified: the entry before its first. */
export const beginOf = ({first, previous}: Segment): ChainPoint => ({sequence: first - 1, hash: previous})

/** Its last entry: what follows goes on from there. */
export const endOf = ({last, hash}: Segment): ChainPoint => ({sequence: last, hash})
