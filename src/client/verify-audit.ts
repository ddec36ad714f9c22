import {
  type Break,
  type ChainLink,
  type ChainPoint,
  type Head,
  start,
  verifyChain,
  verifyHead,
} from '../formats/audit-chain.ts'

/** What `auditList` answers. */
export interface AuditPage {
  entries: ChainLink[]
  head: Head
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
 * organization's; `signature`, `key`: it is not signed, or not with the pinned key; `rewritten`, `rolled-back`: what
 * this profile saw last is another entry now, or beyond the head.
 */
export interface AuditBreak {
  sequence: number
  kind: Break['kind'] | 'missing' | 'head' | 'signature' | 'key' | 'rewritten' | 'rolled-back'
}

/**
 * Verifies the log from its first entry to the head that the first page names: each link, the head's signature, and
 * that the head that was remembered is still in it. `pageAfter` gives the entries after a sequence, oldest first.
 */
export async function verifyAudit(
  pageAfter: (sequence: number) => Promise<AuditPage>,
  {org, pinnedKey, remembered}: Known,
): Promise<{head: Head; entries: number; breaks: AuditBreak[]}> {
  let page = await pageAfter(0)
  const {head, publicKey} = page
  const breaks: AuditBreak[] = headBreaks(head, publicKey, org, pinnedKey)
  if (remembered !== null && remembered.sequence > head.sequence)
    breaks.push({sequence: remembered.sequence, kind: 'rolled-back'})

  let last = start
  let entries = 0
  while (last.sequence < head.sequence) {
    const before = last.sequence
    for (const link of page.entries) {
      const step = verifyChain([link], last)
      breaks.push(...step.breaks)
      last = step.last
      entries += 1
      if (last.sequence === remembered?.sequence && last.hash !== remembered.hash)
        breaks.push({sequence: last.sequence, kind: 'rewritten'})
      if (last.sequence >= head.sequence) break
    }
    if (last.sequence <= before) break
    if (last.sequence < head.sequence) page = await pageAfter(last.sequence)
  }
  if (last.sequence < head.sequence) breaks.push({sequence: last.sequence + 1, kind: 'missing'})
  else if (last.hash !== head.hash) breaks.push({sequence: head.sequence, kind: 'head'})
  return {head, entries, breaks}
}

function headBreaks(head: Head, publicKey: string, org: string, pinnedKey: string | null): AuditBreak[] {
  const {sequence} = head
  if (head.org !== org) return [{sequence, kind: 'head'}]
  if (pinnedKey !== null && publicKey !== pinnedKey) return [{sequence, kind: 'key'}]
  return verifyHead(head, pinnedKey ?? publicKey) ? [] : [{sequence, kind: 'signature'}]
}
