import {type RawBuilder, type SqlBool, sql} from 'kysely'
import {covers} from '../../contract/scope-pattern.ts'
import type {Read} from '../gate/types.ts'
import {textsOf} from '../store/json-list.ts'
import {within} from './within.ts'

type Condition = (column: string) => RawBuilder<SqlBool>

/** The condition that keeps a list to what the caller's scopes allow; null: it is bound to none. */
export async function visible({actor, db}: Pick<Read, 'actor' | 'db'>): Promise<Condition | null> {
  return actor.scopes === null ? null : spokenOf(db, actor.orgId, actor.scopes)
}

/** The condition that keeps a list to the scopes of an organization that patterns speak of; null: they speak of all. */
export async function spokenOf(db: Read['db'], orgId: number, patterns: readonly string[]): Promise<Condition | null> {
  if (patterns.includes('**')) return null
  const ranges = patterns.filter((pattern) => !hasStar(pattern))
  const found = await matching(db, orgId, patterns.filter(hasStar))
  const listed = JSON.stringify(found)
  return (column) => {
    const at = sql.ref(column)
    const parts = ranges.map((pattern) => {
      return pattern.endsWith('/**') ? within(column, pattern.slice(0, -3)) : sql<SqlBool>`${at} = ${pattern}`
    })
    if (found.length > 0) parts.push(sql`${at} in ${textsOf(listed)}`)
    return parts.length === 0 ? sql<SqlBool>`false` : sql<SqlBool>`(${sql.join(parts, sql` or `)})`
  }
}

const hasStar = (pattern: string) => pattern.split('/').includes('*')

/** The scopes that patterns with a `*` inside speak of today. */
async function matching(db: Read['db'], orgId: number, patterns: readonly string[]): Promise<string[]> {
  if (patterns.length === 0) return []
  const rows = await db.selectFrom('scopes').select('path').where('org_id', '=', orgId).execute()
  return rows.map(({path}) => path).filter((path) => patterns.some((pattern) => covers(pattern, path)))
}
