import type {Buffer} from 'node:buffer'
import {type InsertResult, sql} from 'kysely'
import type {Write} from '../gate/types.ts'
import {columnsOf} from '../store/columns.ts'
import {preparedRows} from '../store/prepared.ts'
import {lastReadAt, lastReadBy} from '../values/facts.ts'
import type {Entry} from '../values/load.ts'
import {lockEntries} from '../values/lock.ts'
import {putSealed} from '../values/put-sealed.ts'
import {within} from './within.ts'

type Tx = Write<'scopes.rename'>

/** How many versions are in memory at once: one may have a mebibyte. */
const VERSIONS_AT_ONCE = 100

/**
 * Moves a scope and all below it to a name of which there is nothing. Every version is sealed anew, since a seal binds its
 * scope; numbers, stamps, locks, facts and readings stay as they are. `entries`: all that there are, deleted ones too.
 */
export async function move(tx: Tx, entries: readonly Entry[], scope: string, to: string): Promise<void> {
  const renamed = (path: string) => to + path.slice(scope.length)
  await lockEntries(
    tx.db,
    entries.map(({id}) => id),
  )
  await tx.db
    .updateTable('entries')
    .set({named_at: tx.now, read_before_at: lastReadAt, read_before_by: lastReadBy})
    .where('org_id', '=', tx.orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where(within('scope', scope))
    .execute()
  const equality = await resealVersions(tx, scope, renamed)
  await putEntries(
    tx.db,
    entries.map((entry) => ({
      ...entry,
      scope: renamed(entry.scope),
      equality: entry.equality === null ? null : (equality.get(entry.id) ?? null),
    })),
  )
  await tx.db
    .updateTable('scopes')
    .set({path: sql`${to} || substr(path, ${scope.length + 1})`})
    .where('org_id', '=', tx.orgId)
    .where(within('path', scope))
    .execute()
}

/** Seals every version anew, and gives the new equality hash of each entry's newest. */
async function resealVersions(tx: Tx, scope: string, renamed: (path: string) => string): Promise<Map<number, Buffer>> {
  const equality = new Map<number, Buffer>()
  let page = await versionsAfter(tx, scope, {entry_id: 0, version: 0})
  while (page.length > 0) {
    const moved = page.map((row) => {
      const {kind, key, version, type} = row
      const place = {org: tx.org, kind, key, version, type}
      const fresh = tx.reseal({...place, scope: row.scope}, row.sealed, {...place, scope: renamed(row.scope)})
      if (version === row.newest) equality.set(row.entry_id, fresh.equality)
      return {...row, sealed: fresh.sealed}
    })
    await putSealed(tx.db, moved)
    page = await versionsAfter(tx, scope, page.at(-1)!)
  }
  return equality
}

const versionsAfter = (tx: Tx, scope: string, last: {entry_id: number; version: number}) =>
  tx.db
    .selectFrom('versions')
    .innerJoin('entries', 'entries.id', 'versions.entry_id')
    .selectAll('versions')
    .select(['kind', 'scope', 'key', 'entries.version as newest'])
    .where('org_id', '=', tx.orgId)
    .where(within('scope', scope))
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
