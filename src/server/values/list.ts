import {sql} from 'kysely'
import type {Read} from '../gate/types.ts'
import {visible} from '../scopes/visible.ts'
import {byScopeAndKey, readCursor, writeCursor} from './cursor.ts'
import {lastReadAt, loadReadingsSince, loadTags, rotateDueAt, typeNow} from './facts.ts'
import {conditions, type Filters, place} from './filters.ts'
import type {Kind} from './load.ts'

const PAGE = 100

/** The most names that filters are held against for one page: nobody else is served meanwhile. */
export const LOOKED_AT = 2000

interface ListQuery extends Filters {
  limit?: number | undefined
  cursor?: string | undefined
}

/** A page of names in the order of scope and key, byte by byte. No value is read. With filters, it may be short and not the last. */
export async function listValues({db, actor, now}: Read, kind: Kind, query: ListQuery) {
  const limit = query.limit ?? PAGE
  const after = query.cursor === undefined ? null : readCursor(query.cursor, byScopeAndKey)
  const seen = await visible({actor, db})
  const filters = conditions(query, now)
  const at = place(query)
  const listed = db
    .selectFrom('entries')
    .where('org_id', '=', actor.orgId)
    .where('kind', '=', kind)
    .where('deleted_at', query.deleted === true ? 'is not' : 'is', null)
    .where('purged_at', 'is', null)
    .$if(seen !== null, (q) => q.where(() => seen!('scope')))
    .$if(at !== null, (q) => q.where(at!))
    .$if(after !== null, (q) => q.where(sql<boolean>`(scope, key) > (${after![0]}, ${after![1]})`))
    .orderBy('scope')
    .orderBy('key')
  const end =
    filters.length === 0
      ? undefined
      : await listed
          .select(['scope', 'key'])
          .limit(1)
          .offset(LOOKED_AT - 1)
          .executeTakeFirst()
  const rows = await listed
    .select(['id', 'scope', 'key', 'version', 'length', 'locked', 'updated_at', 'updated_by'])
    .select(['owner', 'note', 'expires_at', 'rotate_days'])
    .select([rotateDueAt.as('due'), lastReadAt.as('read_at'), typeNow.as('type')])
    .where((eb) => eb.and(filters))
    .$if(end !== undefined, (q) => q.where(sql<boolean>`(scope, key) <= (${end!.scope}, ${end!.key})`))
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
    type: row.type,
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
  const last = rows.length > limit ? items.at(-1) : end
  return {
    items,
    nextCursor: last === undefined ? null : writeCursor([last.scope, last.key]),
    readingsSince: await loadReadingsSince(db, actor.orgId),
  }
}
