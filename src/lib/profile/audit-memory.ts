import type {ChainPoint} from '../../formats/audit-chain.ts'
import type {Env} from './folder.ts'
import {openProfiles, type Profile} from './profiles.ts'

/** What a profile remembers of an organization's audit log. */
export interface AuditMemory {
  /** The key that signed the head at sign-in; null: there is no profile. */
  pinnedKey: string | null
  /** The last head seen. */
  remembered: ChainPoint | null
  /** Heads seen before it that were pruned since, and not met in an archive yet. */
  pruned: ChainPoint[]
}

const nothing: AuditMemory = {pinnedKey: null, remembered: null, pruned: []}

/** Without a profile, nothing. */
export function recallAudit(env: Env, profile: string | null, org: string): AuditMemory {
  const kept = profile === null ? null : openProfiles(env).get(profile)
  return kept === null ? nothing : memoryOf(kept, org)
}

/** All heads that were seen and not met in an archive. */
export const pointsOf = ({remembered, pruned}: AuditMemory): ChainPoint[] =>
  remembered === null ? pruned : [...pruned, remembered]

/** What `verify` saw: the log from `base` on, to `head`. What it could not meet, because it is before, waits for its archive. */
export function afterLog(memory: AuditMemory, head: ChainPoint, base: ChainPoint | null): AuditMemory {
  const {remembered, pruned} = memory
  const unmet = remembered !== null && base !== null && remembered.sequence < base.sequence ? [remembered] : []
  return {...memory, remembered: head, pruned: [...pruned, ...unmet]}
}

/** What an archive showed, once it verified: the heads in it were met, and the newest of them leads to its end. */
export function afterArchive(memory: AuditMemory, begin: ChainPoint, end: ChainPoint): AuditMemory {
  const {remembered, pruned} = memory
  return {
    ...memory,
    remembered: remembered !== null && isWithin(remembered, begin, end) ? end : remembered,
    pruned: pruned.filter((point) => !isWithin(point, begin, end)),
  }
}

/** Whether a point lies in the part from `begin`, the entry before its first, to `end`. */
export const isWithin = ({sequence}: ChainPoint, begin: ChainPoint, end: ChainPoint): boolean =>
  begin.sequence <= sequence && sequence <= end.sequence

/** Keeps it for the next time. */
export async function rememberAudit(env: Env, profile: string, org: string, memory: AuditMemory): Promise<void> {
  if (memory.remembered === null) return
  const {sequence, hash} = memory.remembered
  const head = {sequence, hash, ...(memory.pruned.length === 0 ? {} : {pruned: memory.pruned})}
  await openProfiles(env).change(profile, (kept) => ({...kept, heads: {...kept.heads, [org]: head}}))
}

function memoryOf({auditKey, heads}: Profile, org: string): AuditMemory {
  const head = Object.hasOwn(heads, org) ? heads[org]! : null
  if (head === null) return {...nothing, pinnedKey: auditKey}
  const {sequence, hash, pruned = []} = head
  return {pinnedKey: auditKey, remembered: {sequence, hash}, pruned}
}
