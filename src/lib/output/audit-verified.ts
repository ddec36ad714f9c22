import {PosternError} from '../../client/error.ts'
import type {AuditBreak, Verified} from '../../client/verify-audit.ts'
import type {ArchiveBreak} from '../../formats/audit-archive.ts'
import type {ChainPoint} from '../../formats/audit-chain.ts'
import type {AuditMemory} from '../profile/audit-memory.ts'

/** As many breaks as an error names. */
const SHOWN = 5

const named = (places: readonly string[]): string =>
  places.slice(0, SHOWN).join(', ') + (places.length > SHOWN ? `, and ${places.length - SHOWN} more` : '')

/** The error for a log that does not verify, in plain words where it is known what was done to it. */
export function logProblem({head, breaks}: Verified, remembered: ChainPoint | null): PosternError {
  const of = (kind: AuditBreak['kind']) => breaks.some((one) => one.kind === kind)
  const places = breaks.map(({sequence, kind}) => `entry ${sequence} (${kind})`)
  const what = of('rolled-back')
    ? `It was cut, or an older copy was put back: entry ${remembered?.sequence} was seen here, and the log ends at entry ${head.sequence} now.`
    : of('rewritten')
      ? `It was rewritten: entry ${remembered?.sequence} is not the one that was seen here.`
      : of('base')
        ? 'It begins after entries that the server’s key did not seal: they were removed, and not archived.'
        : of('unpruned')
          ? 'It begins after entries that were sealed for an archive, but no entry says that the server pruned them: they were removed behind its back.'
          : 'It was changed, cut or replaced.'
  return new PosternError('failed', `The audit log does not verify: ${named(places)}. ${what}`, {
    next: 'Keep the server’s data folder and its backups as they are, and compare them.',
    ...breaks[0],
  })
}

const words: Record<ArchiveBreak['kind'], string> = {
  form: 'It is no archive, or a line of it is none of an archive.',
  cut: 'It ends too early.',
  order: 'An entry is missing, or there twice.',
  link: 'An entry was changed: the next one does not follow it.',
  hash: 'Its last entry is not the one that was sealed.',
  gap: 'A part does not follow the one before it: name the archives in their order, with none left out.',
  org: 'A part is another organization’s.',
  key: 'It was sealed with another key than the one that is expected.',
  signature: 'What it says of itself is not what was sealed.',
  digest: 'Its count or digest is not that of its entries.',
  rewritten: 'It is another history: it does not have the entry that was seen here.',
}

/** The error for an archive that does not verify. `which` names it, as a sentence's beginning; `next`: what to type next. */
export function archiveProblem(which: string, breaks: readonly ArchiveBreak[], next?: string): PosternError {
  const places = breaks.map(({line, kind}) => `line ${line} (${kind})`)
  const {kind, line} = breaks[0]!
  return new PosternError('failed', `${which} does not verify: ${named(places)}. ${words[kind]}`, {
    next:
      next ??
      (kind === 'key'
        ? 'If it is another server’s, name that server’s key: --public-key KEY, or --profile NAME.'
        : 'Keep it as it is, and compare it with another copy.'),
    kind,
    line,
  })
}

/** What `audit verify` says of a log that verifies. `before`: what was remembered when it began; `after`: what is now. */
export function logText({base, entries}: Verified, before: AuditMemory, after: AuditMemory): string {
  const pinned =
    before.pinnedKey === null ? 'the key that the server gave just now' : 'the key that was pinned at sign-in'
  const lines = [
    `Verified: ${entries} entries, each linked to the one before; the head is signed with ${pinned}.`,
    ...(base === null
      ? []
      : [`It begins after entry ${base.last}: those up to it were archived and pruned, sealed with that key.`]),
  ]
  const seen = before.remembered?.sequence ?? null
  if (seen !== null && seen === base?.last)
    lines.push(`The head seen here last, entry ${seen}, is the last that was pruned.`)
  else if (seen !== null && seen > (base?.last ?? 0))
    lines.push(`The head seen here last, entry ${seen}, is still in it.`)
  for (const {sequence} of after.pruned)
    lines.push(
      `Entry ${sequence}, a head seen here, was pruned; whether it is in the archive shows: postern audit verify --archive PATH`,
    )
  return lines.join('\n')
}

interface Archived {
  archives: readonly {org: string; first: number; last: number; time: string}[]
  publicKey: string
  keyFrom: 'flag' | 'profile' | 'archive'
  met: readonly ChainPoint[]
}

/** What `audit verify --archive` says of archives that verify. */
export function archivesText({archives, publicKey, keyFrom, met}: Archived): string {
  const lines = archives.map(({org, first, last, time}, index) => {
    const joins = index === 0 ? '' : ` It goes on from archive ${index}, at entry ${first - 1}.`
    const which = archives.length === 1 ? 'Verified' : `Archive ${index + 1} verified`
    return `${which}: entries ${first} to ${last} of ${org}, until ${time}, each linked to the one before.${joins}`
  })
  const key = {
    flag: 'Sealed with the key that --public-key names.',
    profile: 'Sealed with the key that was pinned at sign-in.',
    archive: `Sealed with the key that the archive names itself, ${publicKey}: nothing was changed since, but by whom it was sealed shows that key alone. Compare it with auditKey of: postern whoami --json`,
  }
  lines.push(key[keyFrom])
  for (const {sequence} of met) lines.push(`Entry ${sequence}, a head seen here, is in it.`)
  return lines.join('\n')
}
