import {sql} from 'kysely'
import type {Read} from '../gate/types.ts'
import {visible} from '../scopes/visible.ts'
import {byScopeAndKey, readCursor, writeCursor} from './cursor.ts'
import {lastReadAt, loadReadingsSince, loadTags, rotateDueAt} from './facts.ts'
import {conditions, type Filters} from './filters.ts'
import type {Kind} from './load.ts'

const PAGE = 100

interface ListQuery extends Filters {
  limit?: number | undefined
  cursor?: string | undefined
}

/** A page of names in the order of scope and key, byte by byte. No value is read. */
export async function listValues({db, actor, now}: Read, kind: Kind, query: ListQuery) {
  const limit = query.limit ?? PAGE
  const after = query.cursor === undefined ? null : readCursor(query.cursor, byScopeAndKey)
  const seen = await visible({actor, db})
  const rows = await db
    .selectFrom('entries')
    .select(['id', 'scope', 'key', 'version', 'length', 'locked', 'updated_at', 'updated_by'])
    .select(['owner', 'note', 'expires_at', 'rotate_days'])
    .select([rotateDueAt.as('due'), lastReadAt.as('read_at')])
    .where('org_id', '=', actor.orgId)
    .where('kind', '=', kind)
    .where('deleted_at', 'is', null)
    .$if(seen !== null, (q) => q.where(() => seen!('scope')))
    .where((eb) => eb.and(conditions(query, now)))
    .$if(after !== null, (q) => q.where(sql<boolean>`(scope, key) > (${after![0]}, ${after![1]})`))
    .orderBy('scope')
    .orderBy('key')
    .limit(limit + 1)
    .execute()
  const tags = await loadTags(
    db,
    rows.map(({id}) => id),
  )
  const items = rows.slice(0, limit).map((row) => ({
    key: row.key,
    scope: row.scope,
    version: row.length === null ? 0 : row.version,
    length: row.length,
    locked: row.locked === 1,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    owner: row.owner,
    note: row.note,
    expiresAt: row.expires_at,
    rotateDays: row.rotate_days,
    rotateDueAt: row.due,
    lastReadAt: row.read_at,
    tags: Object.fromEntries(tags.get(row.id) ?? []),
  }))
  const last = items.at(-1)
  return {
    items,
    nextCursor: rows.length > limit && last !== undefined ? writeCursor([last.scope, last.key]) : null,
    readingsSince: await loadReadingsSince(db, actor.orgId),
  }
}
