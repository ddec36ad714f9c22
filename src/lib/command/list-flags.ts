import {boolean, custom, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {MAX_LIST_DAYS} from '../../contract/limits.ts'
import {isNamePattern, isNote, isOrg, NAME_PATTERN_RULE} from '../../contract/name-rules.ts'
import {tagText} from '../output/facts.ts'
import type {Column} from '../output/names.ts'
import {daysIn} from './days.ts'

const days = (flag: string, fewest: number) => async (text: string) => daysIn(flag, text, fewest, MAX_LIST_DAYS)

/** What narrows a list of names. */
export const usageFlags = {
  recursive: boolean({char: 'r', dependsOn: ['scope'], summary: 'The scope and all below it.'}),
  deleted: boolean({summary: 'Those that were deleted and can be restored, instead of those that are there.'}),
  unused: custom<number>({
    helpValue: 'DAYS',
    summary: 'Only those neither read nor set for so long: 90d, 12w.',
    parse: days('--unused', 1),
  })(),
}

/** What narrows a list of secrets by their facts. */
export const factFilterFlags = {
  expiring: custom<number>({
    helpValue: 'DAYS',
    summary: 'Only those that expired, or expire within so long: 30d, 2w.',
    parse: days('--expiring', 0),
  })(),
  overdue: boolean({summary: 'Only those whose value should have been new by now.'}),
  tag: string({
    helpValue: 'NAME[=VALUE]',
    summary: 'Only those with this tag.',
    parse: async (text) => {
      const at = text.indexOf('=')
      if (at === -1 ? isOrg(text) : isOrg(text.slice(0, at)) && isNote(text.slice(at + 1))) return text
      throw new PosternError('usage', '--tag takes the NAME of a tag, or NAME=VALUE.')
    },
  }),
}

interface Narrowed {
  scope?: string | undefined
  recursive?: boolean
  deleted?: boolean
  unused?: number | undefined
  expiring?: number | undefined
  overdue?: boolean
  tag?: string | undefined
}

/** The query of a list that these flags narrow. */
export function queryOf({scope, recursive, deleted, unused, expiring, overdue, tag}: Narrowed) {
  return {
    ...(scope === undefined ? {} : {scope}),
    ...(recursive ? {recursive} : {}),
    ...(deleted ? {deleted} : {}),
    ...(unused === undefined ? {} : {unusedDays: unused}),
    ...(expiring === undefined ? {} : {expiringDays: expiring}),
    ...(overdue ? {overdue} : {}),
    ...(tag === undefined ? {} : {tag}),
  }
}

type Fact = 'expiresAt' | 'rotateDueAt' | 'lastReadAt'

/** The columns that say why a name is in the list. */
export function columnsOf<T extends {[F in Fact]?: string | null} & {tags?: Record<string, string>}>(
  flags: Narrowed,
): Column<T>[] {
  return [
    ...(flags.expiring === undefined ? [] : [{heading: 'expires', of: (item: T) => item.expiresAt ?? '-'}]),
    ...(flags.overdue ? [{heading: 'rotation due', of: (item: T) => item.rotateDueAt ?? '-'}] : []),
    ...(flags.unused === undefined ? [] : [{heading: 'last read', of: (item: T) => item.lastReadAt ?? 'never'}]),
    ...(flags.tag === undefined ? [] : [{heading: 'tags', of: (item: T) => tagText(item.tags ?? {}) ?? '-'}]),
  ]
}

/** What to say when the audit log does not go back as far as `--unused` asks; null: it does. */
export function unsureOf({unused}: Narrowed, readingsSince: string | null, now: Date): string | null {
  if (unused === undefined || readingsSince === null) return null
  if (new Date(now.getTime() - unused * 86_400_000).toISOString() >= readingsSince) return null
  return `readings before ${readingsSince} were pruned from the audit log, so some of these may have been read since.`
}

/** The PATTERN of a search. */
export async function searchPattern(text: string): Promise<string> {
  if (isNamePattern(text)) return text
  throw new PosternError('usage', `PATTERN is not right: it is ${NAME_PATTERN_RULE}.`)
}
