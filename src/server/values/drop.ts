import {sql, type Transaction} from 'kysely'
import {tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'

/** Versions of an entry that go: all below a number. */
export interface Doomed {
  entryId: number
  below: number
}

interface VersionId {
  entry_id: number
  version: number
}

/** Removes these versions, in one statement; gives how many each entry lost. */
export async function dropVersions(db: Transaction<Schema>, doomed: readonly Doomed[]): Promise<Map<number, number>> {
  const tuples = tuplesOf(JSON.stringify(doomed.map(({entryId, below}) => [entryId, below])), ['integer', 'integer'])
  const {rows} = await sql<VersionId>`
    delete from versions where (entry_id, version) in (
      with doomed (entry_id, below) as ${tuples}
      select v.entry_id, v.version from doomed cross join versions v
      where v.entry_id = doomed.entry_id and v.version < doomed.below
    ) returning entry_id, version`.execute(db)
  if (rows.length > 0) await dropReferences(db, rows)
  const lost = new Map<number, number>()
  for (const {entry_id} of rows) lost.set(entry_id, (lost.get(entry_id) ?? 0) + 1)
  return lost
}

/** What versions that are gone referred to. */
async function dropReferences(db: Transaction<Schema>, gone: readonly VersionId[]): Promise<void> {
  const ids = JSON.stringify(gone.map(({entry_id, version}) => [entry_id, version]))
  await db
    .deleteFrom('value_references')
    .where(sql<boolean>`(entry_id, version) in ${tuplesOf(ids, ['integer', 'integer'])}`)
    .execute()
}
