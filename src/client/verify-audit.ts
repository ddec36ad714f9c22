import {
  type Break,
  type ChainLink,
  type ChainPoint,
  type Head,
  start,
  verifyChain,
  verifyHead,
} from '../formats/audit-chain.ts'
import {endOf, type Segment, verifySegment} from '../formats/audit-segment.ts'

/** What `auditList` answers. */
export interface AuditPage {
  entries: ChainLink[]
  head: Head
  /** The newest pruned segment: the log in the store begins after it. */
  base: Segment | null
  publicKey: string
}

/** What is known of the log without asking the server again. */
export interface Known {
  org: string
  /** The key that signed the head when this profile signed in; null: none is kept, and the server's word counts. */
  pinnedKey: string | null
  /** The last head that this profile saw; null: none yet. */
  remembered: ChainPoint | null
}

/**
 * `missing`: the entries end before the head; `head`: the head is not the entry of that sequence, or another
 * organization's; `base`: the log begins after entries that nobody sealed; `unpruned`: it begins after entries that were
 * sealed, but no entry says that the server pruned them; `signature`, `key`: it is not signed, or not
 * with the pinned key; `rewritten`, `rolled-back`: what this profile saw last is another entry now, or beyond the head.
 */
export interface AuditBreak {
  sequence: number
  kind: Break['kind'] | 'missing' | 'head' | 'base' | 'unpruned' | 'signature' | 'key' | 'rewritten' | 'rolled-back'
}

export interface Verified {
  head: Head
  /** Where the log in the store begins; null: with the first entry. A remembered head before its end is in an archive. */
  base: Segment | null
  entries: number
  breaks: AuditBreak[]
}

/** How often a log may be pruned while it is read. */
const TRIES = 3

/**
 * Verifies the log from where it begins to the head that the first page names: the seal of what was pruned before it
 * and the entry of that prune, each link, the head's signature, and that the head that was remembered is still in it. `pageAfter` gives the entries
 * after a sequence, oldest first.
 */
export async function verifyAudit(
  pageAfter: (sequence: number) => Promise<AuditPage>,
  known: Known,
): Promise<Verified> {
  for (let tries = 1; ; tries += 1) {
    const verified = await verifyOnce(pageAfter, known)
    if (verified.breaks.length === 0 || tries === TRIES) return verified
    // What was pruned in between is missing for that reason alone: from where the log begins now, it must hold.
    const {base} = await pageAfter(verified.head.sequence)
    if ((base?.last ?? 0) <= (verified.base?.last ?? 0)) return verified
  }
}

async function verifyOnce(
  pageAfter: (sequence: number) => Promise<AuditPage>,
  {org, pinnedKey, remembered}: Known,
): Promise<Verified> {
  let page = await pageAfter(0)
  const {head, base, publicKey} = page
  const breaks = [...headBreaks(head, publicKey, org, pinnedKey), ...baseBreaks(page, org, pinnedKey)]
  if (remembered !== null && remembered.sequence > head.sequence)
    breaks.push({sequence: remembered.sequence, kind: 'rolled-back'})

  let last = base === null ? start : endOf(base)
  let entries = 0
  let pruned = base === null
  const compare = ({sequence, hash}: ChainPoint) => {
    if (sequence === remembered?.sequence && hash !== remembered.hash) breaks.push({sequence, kind: 'rewritten'})
  }
  compare(last)
  while (last.sequence < head.sequence) {
    const before = last.sequence
    for (const link of page.entries) {
      const step = verifyChain([link], last)
      breaks.push(...step.breaks)
      last = step.last
      entries += 1
      pruned ||= isPruneOf(base!, link)
      compare(last)
      if (last.sequence >= head.sequence) break
    }
    if (last.sequence <= before) break
    if (last.sequence < head.sequence) page = await pageAfter(last.sequence)
  }
  if (last.sequence < head.sequence) breaks.push({sequence: last.sequence + 1, kind: 'missing'})
  else if (last.hash !== head.hash) breaks.push({sequence: head.sequence, kind: 'head'})
  if (!pruned) breaks.push({sequence: base!.last, kind: 'unpruned'})
  return {head, base, entries, breaks}
}

/**
 * Whether this is the server's entry for having pruned the segment. A seal alone is no leave to remove: what is archived
 * and kept has one too. The newest prune is always told after the segment that it removed, hence in what is left.
 */
function isPruneOf({first, last}: Segment, {canonical}: ChainLink): boolean {
  if (!canonical.includes('audit.prune')) return false
  try {
    const {operation, outcome, target} = JSON.parse(canonical) as Record<string, unknown>
    const {kind, name} = target as Record<string, unknown>
    return operation === 'audit.prune' && outcome === 'done' && kind === 'audit' && name === `${first}-${last}`
  } catch {
    return false
  }
}

function headBreaks(head: Head, publicKey: string, org: string, pinnedKey: string | null): AuditBreak[] {
  const {sequence} = head
  if (head.org !== org) return [{sequence, kind: 'head'}]
  if (pinnedKey !== null && publicKey !== pinnedKey) return [{sequence, kind: 'key'}]
  return verifyHead(head, pinnedKey ?? publicKey) ? [] : [{sequence, kind: 'signature'}]
}

/** A log that begins later than with its first entry must say who closed what was before, and where. */
function baseBreaks({base, head, publicKey}: AuditPage, org: string, pinnedKey: string | null): AuditBreak[] {
  if (base === null) return []
  const sealed = base.org === org && base.last <= head.sequence && verifySegment(base, pinnedKey ?? publicKey)
  return sealed ? [] : [{sequence: base.last, kind: 'base'}]
}
