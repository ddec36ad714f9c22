import {sql, type Transaction} from 'kysely'
import {tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'

/** Versions of an entry that go: all below a number. */
export interface Doomed {
  entryId: number
  below: number
}

/** Removes these versions, in one statement; gives how many each entry lost. */
export async function dropVersions(db: Transaction<Schema>, doomed: readonly Doomed[]): Promise<Map<number, number>> {
  const tuples = tuplesOf(JSON.stringify(doomed.map(({entryId, below}) => [entryId, below])), 2)
  const {rows} = await sql<{entry_id: number}>`
    delete from versions where (entry_id, version) in (
      with doomed (entry_id, below) as ${tuples}
      select v.entry_id, v.version from doomed cross join versions v
      where v.entry_id = doomed.entry_id and v.version < doomed.below
    ) returning entry_id`.execute(db)
  const lost = new Map<number, number>()
  for (const {entry_id} of rows) lost.set(entry_id, (lost.get(entry_id) ?? 0) + 1)
  return lost
}
