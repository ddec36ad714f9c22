import type {Reply} from '../../contract/route.ts'
import type {FactsBody} from '../../contract/routes/facts.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {table} from './table.ts'

type Facts = Reply<Routes['secretsFacts']>

/** What is known of a secret beside its value, a fact a row; `-` where there is none. */
export function factTable(facts: Facts, now: Date, terminal: boolean): Promise<string> {
  const past = (time: string, word: string) => (time <= now.toISOString() ? ` (${word})` : '')
  const {expiresAt, rotateDays, rotateDueAt, lastReadAt, lastReadBy, readingsSince} = facts
  const due = rotateDueAt === null ? '' : `, due ${rotateDueAt}${past(rotateDueAt, 'overdue')}`
  const rows = {
    scope: facts.scope,
    key: facts.key,
    version: facts.length === null ? null : String(facts.version),
    bytes: facts.length === null ? 'missing' : String(facts.length),
    ...(facts.type == null || facts.type === 'string' ? {} : {type: facts.type}),
    updated: `${facts.updatedAt} by ${facts.updatedBy}`,
    'last read':
      lastReadAt === null
        ? `never${readingsSince === null ? '' : ` since ${readingsSince}`}`
        : `${lastReadAt} by ${lastReadBy}`,
    owner: facts.owner,
    note: facts.note,
    expires: expiresAt === null ? null : expiresAt + past(expiresAt, 'expired'),
    'rotate every': rotateDays === null ? null : daysText(rotateDays) + due,
    tags: tagText(facts.tags),
  }
  return table(
    ['fact', 'value'],
    Object.entries(rows).map(([fact, value]) => [fact, value ?? '-']),
    terminal,
  )
}

const daysText = (days: number) => `${days} ${days === 1 ? 'day' : 'days'}`

/** What a change of facts says, in one line: `owner payments, no note, tag team=web, no tag tier`. */
export function changeText({owner, note, expiresAt, rotateDays, tags = {}}: FactsBody): string {
  const said = (name: string, value: string | null | undefined) =>
    value === undefined ? [] : [value === null ? `no ${name}` : `${name} ${value}`]
  return [
    ...said('owner', owner),
    ...said('note', note),
    ...said('expiry', expiresAt),
    ...said('rotation', typeof rotateDays === 'number' ? `every ${daysText(rotateDays)}` : rotateDays),
    ...Object.entries(tags).map(([name, value]) => (value === null ? `no tag ${name}` : `tag ${name}=${value}`)),
  ].join(', ')
}

/** Tags in one line: `team=payments, tier=1`; null: there are none. */
export const tagText = (tags: Facts['tags']): string | null =>
  Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ') || null
