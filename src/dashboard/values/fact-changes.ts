import type {FactsBody} from '../../contract/routes/facts.ts'
import type {ReplyOf} from '../api/ask.ts'

type Shown = Pick<ReplyOf<'secretsFacts'>, 'owner' | 'note' | 'expiresAt' | 'rotateDays' | 'tags'>

/** The lines of a text that say something. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** What differs from what was shown: what is left out stays as it is, null takes it away. */
export function changeOf(shown: Shown, given: FormData): FactsBody {
  const text = (field: string) => String(given.get(field) ?? '').trim() || null
  const said = {
    owner: text('owner'),
    note: text('note'),
    rotateDays: text('rotate') === null ? null : Number(text('rotate')),
  }
  const day = text('expires')
  const tags = Object.fromEntries(
    linesOf(String(given.get('tags') ?? '')).map((line) => {
      const at = line.indexOf('=')
      return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
  const changedTags = Object.fromEntries(
    [...new Set([...Object.keys(shown.tags), ...Object.keys(tags)])]
      .filter((tag) => shown.tags[tag] !== tags[tag])
      .map((tag) => [tag, tags[tag] ?? null]),
  )
  return {
    ...(said.owner === shown.owner ? {} : {owner: said.owner}),
    ...(said.note === shown.note ? {} : {note: said.note}),
    ...(said.rotateDays === shown.rotateDays ? {} : {rotateDays: said.rotateDays}),
    // A day that was not touched keeps its hour.
    ...(day === (shown.expiresAt?.slice(0, 10) ?? null)
      ? {}
      : {expiresAt: day === null ? null : `${day}T00:00:00.000Z`}),
    ...(Object.keys(changedTags).length === 0 ? {} : {tags: changedTags}),
  }
}
