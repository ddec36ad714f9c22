import type {ChainPoint} from '../../formats/audit-chain.ts'
import type {Env} from './folder.ts'
import {openProfiles} from './profiles.ts'

/** What a profile remembers of an organization's audit log; without a profile, nothing. */
export async function recallAudit(
  env: Env,
  profile: string | null,
  org: string,
): Promise<{pinnedKey: string | null; remembered: ChainPoint | null}> {
  const kept = profile === null ? null : openProfiles(env).get(profile)
  if (kept === null) return {pinnedKey: null, remembered: null}
  return {pinnedKey: kept.auditKey, remembered: Object.hasOwn(kept.heads, org) ? kept.heads[org]! : null}
}

/** Remembers the last head seen, for the next `audit verify`. */
export async function rememberHead(env: Env, profile: string, org: string, head: ChainPoint): Promise<void> {
  const {sequence, hash} = head
  await openProfiles(env).change(profile, (kept) => ({...kept, heads: {...kept.heads, [org]: {sequence, hash}}}))
}
