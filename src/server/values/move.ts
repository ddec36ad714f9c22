import type {Buffer} from 'node:buffer'
import {type InsertResult, type RawBuilder, type SqlBool, sql} from 'kysely'
import type {Write} from '../gate/types.ts'
import {columnsOf} from '../store/columns.ts'
import {numbersOf} from '../store/json-list.ts'
import {preparedRows} from '../store/prepared.ts'
import {lastReadAt, lastReadBy} from './facts.ts'
import type {Entry} from './load.ts'
import {lockEntries} from './lock.ts'
import {putSealed} from './put-sealed.ts'

type Tx = Write<'scopes.rename'> | Write<'secrets.move'>

/** What is kept of some entries. */
export interface Kept {
  versions: number
  /** The lowest version of each entry that has one, by its id. */
  oldest: ReadonlyMap<number, number>
  /** Of all versions, sealed. */
  bytes: number
}

/** Counts what would be sealed anew: of the rows of `entries` of which `isOne` is true. */
export async function loadKept({db, orgId}: Tx, isOne: RawBuilder<SqlBool>): Promise<Kept> {
  // The length of a blob is known without reading it; a column behind it is not.
  const kept = await db
    .selectFrom('versions')
    .innerJoin('entries', 'entries.id', 'versions.entry_id')
    .select(({fn}) => ['entry_id', fn.countAll<number>().as('count'), fn.min('versions.version').as('oldest')])
    .select(sql<number>`sum(length(sealed))`.as('bytes'))
    .where('org_id', '=', orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where(isOne)
    .groupBy('entry_id')
    .execute()
  return {
    versions: kept.reduce((sum, {count}) => sum + Number(count), 0),
    oldest: new Map(kept.map(({entry_id, oldest}) => [entry_id, Number(oldest)])),
    bytes: kept.reduce((sum, {bytes}) => sum + Number(bytes), 0),
  }
}

/** Entries that go to where others were purged: with the numbers that they have there, and the rows that they replace. */
export interface Onto {
  entries: Entry[]
  replaced: number[]
}

/**
 * Counts on from what was purged where the entries go. Null: a number would be used twice for one place, of which a backup may
 * still hold what had it. `purgedAt`: the purged entry that has the name to which this one goes.
 */
export function ontoPurged(
  entries: readonly Entry[],
  purgedAt: (entry: Entry) => Entry | undefined,
  {oldest}: Pick<Kept, 'oldest'>,
): Onto | null {
  const onto: Onto = {entries: [], replaced: []}
  for (const entry of entries) {
    const purged = purgedAt(entry)
    if (purged === undefined) {
      onto.entries.push(entry)
      continue
    }
    if ((oldest.get(entry.id) ?? Infinity) <= purged.version) return null
    onto.entries.push({...entry, version: Math.max(entry.version, purged.version)})
    onto.replaced.push(purged.id)
  }
  return onto
}

/** What goes to other scopes. */
export interface Moving extends Onto {
  /** Whether a row of `entries` of the organization is one of them. */
  isOne: RawBuilder<SqlBool>
  /** The scope that takes the place of this one. */
  renamed: (scope: string) => string
}

/** The most bytes of sealed versions that one write seals anew: no other is done meanwhile. */
export const MOST_BYTES = 64 * 1024 * 1024

/** How many versions are in memory at once: one may have a mebibyte. */
const VERSIONS_AT_ONCE = 100

/**
 * Moves entries to scopes where nothing has their names but what is replaced. Every version is sealed anew, since a seal binds its
 * scope; numbers, stamps, locks, facts and readings stay as they are.
 */
export async function moveEntries(tx: Tx, moving: Moving): Promise<void> {
  const {entries, replaced, isOne, renamed} = moving
  if (replaced.length > 0) {
    const ids = numbersOf(JSON.stringify(replaced))
    await tx.db.deleteFrom('entries').where('id', 'in', ids).execute()
  }
  await lockEntries(
    tx.db,
    entries.map(({id}) => id),
  )
  await tx.db
    .updateTable('entries')
    .set({named_at: tx.now, read_before_at: lastReadAt, read_before_by: lastReadBy})
    .where('org_id', '=', tx.orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where(isOne)
    .execute()
  const equality = await resealVersions(tx, moving)
  await putEntries(
    tx.db,
    entries.map((entry) => ({
      ...entry,
      scope: renamed(entry.scope),
      equality: entry.equality === null ? null : (equality.get(entry.id) ?? null),
    })),
  )
}

/** Seals every version anew, and gives the new equality hash of each entry's newest. */
async function resealVersions(tx: Tx, {isOne, renamed}: Moving): Promise<Map<number, Buffer>> {
  const equality = new Map<number, Buffer>()
  let page = await versionsAfter(tx, isOne, {entry_id: 0, version: 0})
  while (page.length > 0) {
    const moved = page.map((row) => {
      const {kind, key, version, type} = row
      const place = {org: tx.org, kind, key, version, type}
      const fresh = tx.reseal({...place, scope: row.scope}, row.sealed, {...place, scope: renamed(row.scope)})
      if (version === row.newest) equality.set(row.entry_id, fresh.equality)
      return {...row, sealed: fresh.sealed}
    })
    await putSealed(tx.db, moved)
    page = await versionsAfter(tx, isOne, page.at(-1)!)
  }
  return equality
}

const versionsAfter = (tx: Tx, isOne: Moving['isOne'], last: {entry_id: number; version: number}) =>
  tx.db
    .selectFrom('versions')
    .innerJoin('entries', 'entries.id', 'versions.entry_id')
    .selectAll('versions')
    .select(['kind', 'scope', 'key', 'entries.version as newest'])
    .where('org_id', '=', tx.orgId)
    .where(isOne)
    .where(sql<boolean>`(entry_id, versions.version) > (${last.entry_id}, ${last.version})`)
    .orderBy('entry_id')
    .orderBy('versions.version')
    .limit(VERSIONS_AT_ONCE)
    .execute()

const putEntries = preparedRows<Tx['db'], Entry, InsertResult>(
  columnsOf(
    'entries',
    'id',
    'org_id',
    'kind',
    'scope',
    'key',
    'version',
    'equality',
    'locked',
    'updated_at',
    'updated_by',
  ),
  (db, rows) =>
    db
      .insertInto('entries')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((eb) => ({
          scope: eb.ref('excluded.scope'),
          version: eb.ref('excluded.version'),
          equality: eb.ref('excluded.equality'),
        })),
      ),
)
