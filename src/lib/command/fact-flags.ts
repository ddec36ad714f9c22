import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {MAX_ROTATE_DAYS} from '../../contract/limits.ts'
import {isNote, isOrg, MAX_NOTE} from '../../contract/name-rules.ts'
import type {FactsBody} from '../../contract/routes/facts.ts'
import {daysIn} from './days.ts'
import {untilTime} from './until.ts'

/** What people say about a secret; `''` takes a fact away. */
export const factFlags = {
  owner: string({helpValue: 'TEXT', summary: "Who answers for it; '' takes it away."}),
  note: string({helpValue: 'TEXT', summary: "What one should know of it, never a value; '' takes it away."}),
  expires: string({
    helpValue: 'TIME',
    summary: "When it ends: 90d, 12h, 2027-01-31, in UTC unless it names a zone; '' takes it away.",
  }),
  'rotate-every': string({
    helpValue: 'DAYS',
    summary: "How often its value should be new: 90d, 12w; '' takes it away.",
  }),
  tag: string({
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Give it this tag. Repeat for more.',
  }),
  untag: string({
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Take this tag away. Repeat for more.',
  }),
}

interface FactFlags {
  owner?: string | undefined
  note?: string | undefined
  expires?: string | undefined
  'rotate-every'?: string | undefined
  tag?: string[] | undefined
  untag?: string[] | undefined
}

/**
 * The change that the flags ask for; null: none.
 * @throws PosternError `usage`, which never repeats what was typed.
 */
export function factsIn(flags: FactFlags, now: Date): FactsBody | null {
  const {owner, note, expires, 'rotate-every': rotate, tag = [], untag = []} = flags
  const tags = [...tag.map(tagIn), ...untag.map((name) => [tagName('--untag', name), null] as const)]
  if (new Set(tags.map(([name]) => name)).size < tags.length) throw usage('A tag is named twice; name each once.')
  const body: FactsBody = {
    ...(owner === undefined ? {} : {owner: textIn('--owner', owner)}),
    ...(note === undefined ? {} : {note: textIn('--note', note)}),
    ...(expires === undefined ? {} : {expiresAt: expires === '' ? null : untilTime(expires, now)}),
    ...(rotate === undefined
      ? {}
      : {rotateDays: rotate === '' ? null : daysIn('--rotate-every', rotate, 1, MAX_ROTATE_DAYS)}),
    ...(tags.length === 0 ? {} : {tags: Object.fromEntries(tags)}),
  }
  return Object.keys(body).length === 0 ? null : body
}

function textIn(flag: string, text: string): string | null {
  if (text === '') return null
  return ruledText(flag, text)
}

function ruledText(flag: string, text: string): string {
  if (isNote(text)) return text
  throw usage(`${flag} takes at most ${MAX_NOTE} characters, none of them a control character.`)
}

function tagIn(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1) throw usage('--tag takes NAME=VALUE; --untag NAME takes a tag away.')
  return [tagName('--tag', text.slice(0, at)), ruledText('--tag', text.slice(at + 1))]
}

function tagName(flag: string, name: string): string {
  // A name that JavaScript objects keep for themselves: it would be lost on the way.
  if (isOrg(name) && name !== '__proto__') return name
  throw usage(`${flag} takes a name of letters, digits, ".", "_" or "-", at most 63.`)
}

const usage = (message: string) => new PosternError('usage', `${message} Nothing was changed.`)
