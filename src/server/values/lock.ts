import type {Transaction} from 'kysely'
import {numbersOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'

/**
 * Locks entries, as far as the engine locks by row, in one order: what changes versions of several entries calls it first.
 * Two servers that took versions and entries in different orders would wait for each other.
 */
export async function lockEntries(db: Transaction<Schema>, ids: readonly number[]): Promise<void> {
  await db
    .selectFrom('entries')
    .select('id')
    .where('id', 'in', numbersOf(JSON.stringify([...new Set(ids)])))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}
