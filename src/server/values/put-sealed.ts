import type {InsertResult, Transaction} from 'kysely'
import {columns} from '../store/columns.ts'
import {preparedRows} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

/**
 * Puts what was sealed anew in the place of what these versions held; nothing else of them changes. The other columns
 * must be given because the engines update many rows by key as inserts that find a row.
 */
export const putSealed = preparedRows<Transaction<Schema>, Schema['versions'], InsertResult>(
  columns.versions,
  (db, rows) =>
    db
      .insertInto('versions')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['entry_id', 'version']).doUpdateSet((eb) => ({sealed: eb.ref('excluded.sealed')})),
      ),
)
