import {PosternError} from '../../client/error.ts'
import {type Part, verifyArchive} from '../../formats/audit-archive.ts'
import type {ChainPoint} from '../../formats/audit-chain.ts'
import {beginOf, endOf} from '../../formats/audit-segment.ts'
import {archiveProblem} from '../output/audit-verified.ts'
import {afterArchive, isWithin, pointsOf, recallAudit, rememberAudit} from '../profile/audit-memory.ts'
import {openProfiles} from '../profile/profiles.ts'
import {linesOf} from './archive-file.ts'
import type {World} from './world.ts'

interface Asked {
  paths: readonly string[]
  org: string | undefined
  /** `--public-key`. */
  publicKey: string | undefined
  profileFlag: string | undefined
  env: World['env']
}

export interface VerifiedArchive {
  org: string
  first: number
  last: number
  segments: number
  time: string
  hash: string
}

/** Whose key it is that an archive was held against. */
type KeyFrom = 'flag' | 'profile' | 'archive'

/**
 * Verifies archives, each line of them and that they follow each other, with no server. The key: the one that was given,
 * else the profile's pinned one, else the archive's own. Heads that the profile saw and that fall into them must be there
 * (`met`), and need not be looked for again.
 * @throws PosternError `failed` with what is wrong, `not_found` for a profile that is not there.
 */
export async function verifyArchives({paths, org, publicKey, profileFlag, env}: Asked) {
  const profile = profileIn(env, profileFlag)
  const pinned = profile === null ? null : openProfiles(env).get(profile)!.auditKey
  const keyFrom: KeyFrom = publicKey !== undefined ? 'flag' : pinned !== null ? 'profile' : 'archive'
  // What was seen of one server says nothing of another's log.
  const remembering = publicKey === undefined || publicKey === pinned ? profile : null
  const recall = (of: string) => recallAudit(env, remembering, of)

  const archives: VerifiedArchive[] = []
  const all: Part[] = []
  for (const [index, path] of paths.entries()) {
    const which = paths.length === 1 ? 'The archive' : `Archive ${index + 1}`
    const known = {
      publicKey: publicKey ?? pinned,
      seen: (of: string) => pointsOf(recall(of)),
      after: all.at(-1) ?? null,
    }
    const {parts, breaks} = await verifyArchive(linesOf(path, which), known)
    if (breaks.length > 0) throw archiveProblem(which, breaks)
    if (org !== undefined && parts[0]!.segment.org !== org)
      throw new PosternError('failed', `${which} is another organization’s than --org names.`)
    all.push(...parts)
    archives.push(summary(parts))
  }

  const {segment, publicKey: key} = all[0]!
  const memory = recall(segment.org)
  const [begin, end] = [beginOf(segment), endOf(all.at(-1)!.segment)]
  const met: ChainPoint[] = pointsOf(memory).filter((point) => isWithin(point, begin, end))
  if (remembering !== null && met.length > 0)
    await rememberAudit(env, remembering, segment.org, afterArchive(memory, begin, end))
  return {archives, publicKey: key, keyFrom, met}
}

function profileIn(env: World['env'], flag: string | undefined): string | null {
  const profiles = openProfiles(env)
  const name = flag ?? (env.POSTERN_PROFILE || profiles.current())
  if (name === null || profiles.get(name) !== null) return name
  throw new PosternError('not_found', 'There is no profile of that name.', {next: 'postern profile list'})
}

function summary(parts: readonly Part[]): VerifiedArchive {
  const {org, first} = parts[0]!.segment
  const {last, time, hash} = parts.at(-1)!.segment
  return {org, first, last, segments: parts.length, time, hash}
}
