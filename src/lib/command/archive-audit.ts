import {archiveText} from '../../client/archive-audit.ts'
import {PosternError} from '../../client/error.ts'
import {type Part, verifyArchive} from '../../formats/audit-archive.ts'
import {beginOf, endOf, type Segment} from '../../formats/audit-segment.ts'
import {archiveProblem} from '../output/audit-verified.ts'
import {afterArchive, pointsOf, recallAudit, rememberAudit} from '../profile/audit-memory.ts'
import {linesOf, writeChecked} from './archive-file.ts'
import type {Client} from './base.ts'
import type {World} from './world.ts'

/** What there is to archive: entries that are in the store and from before a time. */
export interface Plan {
  first: number
  last: number
  /** Closed already, by an earlier run. */
  sealed: Segment[]
  /** The newest pruned segment, which the archive follows. */
  base: Segment | null
  publicKey: string
}

const PAGE = 1000

/**
 * Finds what is to be archived: all that is in the store and from before `time` (UTC, ISO 8601).
 * @throws PosternError `not_found` when that is nothing.
 */
export async function planArchive(client: Client, time: string): Promise<Plan> {
  const params = {org: client.org}
  const {head, base, publicKey} = await client.call('auditList', {params, query: {limit: 1}})
  const later = await client.call('auditList', {params, query: {since: time, after: 0, limit: 1}})
  const [next] = later.entries
  const until = next === undefined ? head.sequence : (JSON.parse(next.canonical) as {sequence: number}).sequence - 1
  const {segments} = await client.call('auditSegments', {params})
  const sealed = segments.filter(({last}) => last <= until)
  // A segment that reaches beyond that time stays whole, for a later archive.
  const last = sealed.length < segments.length ? (sealed.at(-1)?.last ?? 0) : until
  const first = (base?.last ?? 0) + 1
  if (last >= first) return {first, last, sealed, base, publicKey}
  const reaching = until >= first ? segments.find((segment) => segment.last > until) : undefined
  if (reaching !== undefined) {
    const after = new Date(Date.parse(reaching.time) + 1).toISOString()
    throw new PosternError(
      'not_found',
      `What is from before that time lies in a sealed segment that ends later: with entry ${reaching.last}, at ${reaching.time}.`,
      {next: `--before ${after}   (a segment is archived whole)`},
    )
  }
  throw new PosternError('not_found', 'The store has nothing to archive from before that time.', {
    next: 'postern audit list   (shows what is there)',
  })
}

/** Has the server seal what of the plan is not sealed yet, a segment at a time. Gives all segments, the oldest first. */
export async function sealAll(client: Client, {first, last, sealed}: Plan, dryRun = false): Promise<Segment[]> {
  const segments = [...sealed]
  const end = () => segments.at(-1)?.last ?? first - 1
  while (end() < last) {
    const {segment} = await client.call('auditSeal', {params: {org: client.org}, query: {dryRun}, body: {last}})
    if (segment.last <= end()) throw new PosternError('failed', 'The server sealed something else than was asked for.')
    segments.push(segment)
    if (dryRun) break
  }
  return segments
}

/**
 * Writes the archive of the plan, whose rest is sealed once the file can be written, and verifies it as it is on the disk, against the key and the heads that the
 * profile remembers. Gives its parts, with what only it tells.
 * @throws PosternError `failed`; then there is no file.
 */
export async function writeArchive(
  path: string,
  {client, plan, force, world}: {client: Client; plan: Plan; force: boolean; world: World},
): Promise<Part[]> {
  const {org, profile} = client
  const {base, publicKey} = plan
  const memory = recallAudit(world.env, profile, org)
  const page = (after: number) => client.call('auditList', {params: {org}, query: {after, limit: PAGE}})
  async function* text() {
    yield* archiveText(await sealAll(client, plan), publicKey, page)
  }
  const parts = await writeChecked(path, text(), {
    force,
    check: async (draft) => {
      const verified = await verifyArchive(linesOf(draft, 'The file that --out names'), {
        publicKey: memory.pinnedKey ?? publicKey,
        seen: () => pointsOf(memory),
        after: base === null ? null : {segment: base, publicKey, sha256: ''},
      })
      if (verified.breaks.length > 0)
        throw archiveProblem('What the server gave', verified.breaks, 'postern audit verify')
      return verified.parts
    },
  })
  if (profile !== null) {
    const met = afterArchive(memory, beginOf(parts[0]!.segment), endOf(parts.at(-1)!.segment))
    await rememberAudit(world.env, profile, org, met)
  }
  return parts
}

/** Has the server remove what the archive holds, the oldest segment first, each with the proof that it is held. */
export async function pruneAll(client: Client, parts: readonly Part[]): Promise<void> {
  for (const {segment, sha256} of parts) {
    const {last, hash} = segment
    await client.call('auditPrune', {params: {org: client.org}, query: {}, body: {last, hash, sha256}})
  }
}
