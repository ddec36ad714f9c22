import type {Insertable, Transaction} from 'kysely'
import type {Schema} from '../store/schema.ts'
import {type Named, nameOf} from './load.ts'

export type EntryState = Omit<Insertable<Schema['entries']>, 'id'>
export type NewVersion = Named & Omit<Schema['versions'], 'entry_id'>

/** Writes the entries' new states, then the new versions: one statement a table. A scope comes to be with the first that it holds. */
export async function save(
  db: Transaction<Schema>,
  states: readonly EntryState[],
  versions: readonly NewVersion[],
): Promise<void> {
  if (states.length === 0) return
  const scopes = new Map(states.map((state) => [state.scope, state]))
  await db
    .insertInto('scopes')
    .values(
      [...scopes.values()].map((state) => ({
        org_id: state.org_id,
        path: state.scope,
        created_at: state.updated_at,
        created_by: state.updated_by,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const ids = await db
    .insertInto('entries')
    .values([...states])
    .onConflict((conflict) =>
      conflict.columns(['org_id', 'kind', 'scope', 'key']).doUpdateSet((eb) => ({
        version: eb.ref('excluded.version'),
        length: eb.ref('excluded.length'),
        equality: eb.ref('excluded.equality'),
        locked: eb.ref('excluded.locked'),
        deleted_at: eb.ref('excluded.deleted_at'),
        updated_at: eb.ref('excluded.updated_at'),
        updated_by: eb.ref('excluded.updated_by'),
      })),
    )
    .returning(['id', 'scope', 'key'])
    .execute()
  if (versions.length === 0) return
  const idOf = new Map(ids.map((row) => [nameOf(row), row.id]))
  await db
    .insertInto('versions')
    .values(versions.map(({scope, key, ...version}) => ({entry_id: idOf.get(nameOf({scope, key}))!, ...version})))
    .execute()
}
