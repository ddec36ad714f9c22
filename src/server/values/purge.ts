import {type SqlBool, sql} from 'kysely'
import type {Operation} from '../../contract/operations.ts'
import type {Purged} from '../../contract/routes/shared.ts'
import {type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {visible} from '../scopes/visible.ts'
import {numbersOf} from '../store/json-list.ts'
import {byScopeAndKey, NO_CURSOR, partsOf, writeCursor} from './cursor.ts'
import {dropVersions} from './drop.ts'
import {forgetFacts} from './facts.ts'
import type {Kind} from './load.ts'
import {lockEntries} from './lock.ts'
import {countReferrers} from './references.ts'

export interface PurgeInput {
  query: {scope?: string | undefined; key?: string | undefined; limit?: number | undefined; cursor?: string | undefined}
  body: {olderThan: number; versions?: boolean | undefined}
}

const PAGE = 1000

/**
 * Ends for good what was deleted longer ago than asked: every version goes, and the name stays as a row that keeps its
 * number, so that a key set anew does not use one twice. With `versions`, also what newer versions superseded that long
 * ago. A page of names a call.
 */
export async function purgeValues(tx: Write<Operation>, kind: Kind, asks: readonly Ask<PurgeInput>[]) {
  const outcomes: (Change<Purged> | Refusal)[] = []
  // A purge has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await purge(tx, kind, ask))
  return outcomes
}

async function purge(tx: Write<Operation>, kind: Kind, ask: Ask<PurgeInput>): Promise<Change<Purged> | Refusal> {
  const {query} = ask.input
  const after = query.cursor === undefined ? [] : partsOf(query.cursor, byScopeAndKey)
  if (after === null) return refusal('malformed', NO_CURSOR)
  const limit = query.limit ?? PAGE
  const found = await doomedEntries(tx, kind, ask, after, limit + 1)
  const page = found.slice(0, limit)
  await lockEntries(
    tx.db,
    page.map(({id}) => id),
  )
  const lost = await dropVersions(
    tx.db,
    page.map(({id, below}) => ({entryId: id, below})),
  )
  const deleted = page.filter((entry) => entry.deleted_at !== null)
  const ids = deleted.map(({id}) => id)
  await forgetFacts(tx.db, ids)
  await markPurged(tx, ask.actor.name, ids)

  const referrers = kind === 'secret' ? await countReferrers(tx.db, tx.orgId, deleted) : new Map<string, number>()
  const items = page.map(({id, scope, key, deleted_at}) => ({
    scope,
    key,
    versions: lost.get(id) ?? 0,
    deletedAt: deleted_at,
    referencedBy: referrers.get(`${scope} ${key}`) ?? 0,
  }))
  const last = page.at(-1)
  const nextCursor = found.length > limit && last !== undefined ? writeCursor([last.scope, last.key]) : null
  const changed = page.length > 0
  const [first = {kind, ...scopeAndName(query)}, ...rest] = page.map(({scope, key, version}) => ({
    kind,
    scope,
    name: key,
    version,
  }))
  return {reply: {items, nextCursor, changed, erased: true}, targets: [first, ...rest], changed, erased: changed}
}

const scopeAndName = ({scope, key}: PurgeInput['query']) => ({
  ...(scope === undefined ? {} : {scope}),
  ...(key === undefined ? {} : {name: key}),
})

/** The entries that lose something, in the order of scope and key, and the number below which their versions go. */
async function doomedEntries(
  {db, orgId, now}: Write<Operation>,
  kind: Kind,
  {actor, input: {query, body}}: Ask<PurgeInput>,
  [afterScope, afterKey]: readonly string[],
  limit: number,
) {
  const cutoff = new Date(Date.parse(now) - body.olderThan * 1000).toISOString()
  const seen = await visible({actor, db})
  // The newest version of then: whatever is older had been superseded by then.
  const newestThen = sql<number>`(select max(v.version) from versions v where v.entry_id = entries.id and v.created_at < ${cutoff})`
  const deletedThen = sql<SqlBool>`(deleted_at < ${cutoff} and purged_at is null)`
  const supersededThen = sql<SqlBool>`(deleted_at is null and exists (select 1 from versions old where old.entry_id = entries.id and old.version < ${newestThen}))`
  return db
    .selectFrom('entries')
    .select(['id', 'scope', 'key', 'version', 'deleted_at'])
    .select(sql<number>`case when deleted_at is null then ${newestThen} else version + 1 end`.as('below'))
    .where('org_id', '=', orgId)
    .where('kind', '=', kind)
    .where(body.versions === true ? sql<SqlBool>`(${deletedThen} or ${supersededThen})` : deletedThen)
    .$if(seen !== null, (q) => q.where(() => seen!('scope')))
    .$if(query.scope !== undefined, (q) => q.where('scope', '=', query.scope!))
    .$if(query.key !== undefined, (q) => q.where('key', '=', query.key!))
    .$if(afterScope !== undefined, (q) => q.where(sql<SqlBool>`(scope, key) > (${afterScope}, ${afterKey})`))
    .orderBy('scope')
    .orderBy('key')
    .limit(limit)
    .execute()
}

/** What stays of them is name and number. */
async function markPurged({db, now}: Write<Operation>, by: string, ids: readonly number[]): Promise<void> {
  await db
    .updateTable('entries')
    .set({purged_at: now, updated_at: now, updated_by: by, length: null, equality: null, locked: 0})
    .where('id', 'in', numbersOf(JSON.stringify(ids)))
    .execute()
}
