import {type RawBuilder, type SqlBool, sql} from 'kysely'
import {within} from '../scopes/within.ts'
import {lastReadAt, rotateDueAt} from './facts.ts'

/** What narrows a list of names. */
export interface Filters {
  scope?: string | undefined
  /** The scope and all below it. */
  recursive?: boolean | undefined
  /** Those that were deleted, in place of those that are there. */
  deleted?: boolean | undefined
  missing?: boolean | undefined
  /** Part of a name, or a glob for all of it. */
  match?: string | undefined
  expiringDays?: number | undefined
  overdue?: boolean | undefined
  unusedDays?: number | undefined
  tag?: string | undefined
}

const DAY = 24 * 60 * 60 * 1000

/** The condition that a name is where the list is asked for; null: anywhere. */
export function place({scope, recursive}: Filters): RawBuilder<SqlBool> | null {
  if (scope === undefined) return null
  return recursive ? within('scope', scope) : sql`scope = ${scope}`
}

/** The other conditions on a row of `entries` that these filters say, as of `now`. */
export function conditions(filters: Filters, now: string): RawBuilder<SqlBool>[] {
  const {missing, match, expiringDays, overdue, unusedDays, tag} = filters
  const at = (days: number) => new Date(Date.parse(now) + days * DAY).toISOString()
  const found: RawBuilder<SqlBool>[] = []
  if (missing !== undefined) found.push(missing ? sql`length is null` : sql`length is not null`)
  if (match !== undefined) found.push(matches(match))
  if (expiringDays !== undefined) found.push(sql`expires_at <= ${at(expiringDays)}`)
  if (overdue !== undefined) {
    const due = sql<SqlBool>`coalesce(${rotateDueAt} <= ${now}, false)`
    found.push(overdue ? due : sql`not ${due}`)
  }
  if (unusedDays !== undefined) {
    const since = at(-unusedDays)
    found.push(sql`updated_at <= ${since} and coalesce(${lastReadAt} <= ${since}, true)`)
  }
  if (tag !== undefined) found.push(tagged(tag))
  return found
}

function tagged(tag: string): RawBuilder<SqlBool> {
  const at = tag.indexOf('=')
  const name = at === -1 ? tag : tag.slice(0, at)
  const value = at === -1 ? sql`` : sql` and value = ${tag.slice(at + 1)}`
  return sql`exists (select 1 from entry_tags where entry_id = entries.id and name = ${name}${value})`
}

/** LIKE takes time by the product of both lengths at most, however many stars there are. */
function matches(pattern: string): RawBuilder<SqlBool> {
  const subject = pattern.includes('/') ? sql`scope || '/' || key` : sql.ref('key')
  return sql`lower(${subject}) like ${likePattern(pattern)} escape '\\'`
}

/** The LIKE pattern of a search: a glob stands for the whole name, anything else for a part of it; case does not matter. */
export function likePattern(pattern: string): string {
  const like = pattern
    .toLowerCase()
    .replace(/[%_\\]/g, '\\$&')
    .replace(/\*+/g, '%')
    .replaceAll('?', '_')
  return /[*?]/.test(pattern) ? like : `%${like}%`
}
