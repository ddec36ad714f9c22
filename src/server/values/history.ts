import type {Version} from '../../contract/routes/shared.ts'
import {Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {byVersion, readCursor, writeCursor} from './cursor.ts'
import {type Entry, type Kind, loadEntries} from './load.ts'

interface HistoryInput {
  params: {key: string}
  query: {scope: string; limit?: number | undefined; cursor?: string | undefined}
}

const PAGE = 100

/**
 * A page of one name's versions, the newest first, of a deleted name too. No value is read.
 * @throws Refused `not_found`.
 */
export async function listVersions({db, actor}: Read, kind: Kind, {params, query}: HistoryInput) {
  const limit = query.limit ?? PAGE
  const before = query.cursor === undefined ? null : Number(readCursor(query.cursor, byVersion)[0])
  const named = {scope: query.scope, key: params.key}
  const entry = [...(await loadEntries(db, actor.orgId, kind, [named])).values()][0]
  if (entry === undefined || entry.purged_at !== null)
    throw new Refused('not_found', `There is no ${kind} of this name in this scope.`)
  const rows = await db
    .selectFrom('versions')
    .select(['version', 'length', 'created_at', 'created_by', 'type'])
    .where('entry_id', '=', entry.id)
    .$if(before !== null, (q) => q.where('version', '<', before!))
    .orderBy('version', 'desc')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit).map((row) => ({
    version: row.version,
    length: row.length,
    createdAt: row.created_at,
    createdBy: row.created_by,
    type: row.type,
    state: stateOf(entry, row.version),
  }))
  const last = items.at(-1)
  return {
    items,
    nextCursor: rows.length > limit && last !== undefined ? writeCursor([String(last.version)]) : null,
  }
}

/** A name that was declared anew has no current version: its old ones are all superseded. */
function stateOf(entry: Entry, version: number): Version['state'] {
  if (version !== entry.version || entry.length === null) return 'superseded'
  return entry.deleted_at === null ? 'current' : 'deleted'
}
