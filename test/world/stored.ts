import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Place} from '../../src/formats/sealed-value.ts'
import {openKeyring} from '../../src/server/keyring/keyring.ts'
import {openStore, type Store} from '../../src/server/store/store.ts'
import {openTestStore, placeAt} from './engine.ts'

/** A version as it is stored, opened. */
export interface StoredVersion extends Place {
  value: string
}

/** Every version of a server that is stopped, opened with the root key in its data folder; `database`: where its store is, if elsewhere. @throws when one does not open. */
export async function storedVersions(data: string, database?: string): Promise<StoredVersion[]> {
  return versionsIn(await (database === undefined ? openTestStore(data) : openStore(placeAt(database))), data)
}

/** The same of a store, which this closes. */
export async function versionsIn(store: Store, data: string): Promise<StoredVersion[]> {
  try {
    const rootKey = Buffer.from(readFileSync(join(data, 'root.key'), 'utf8'), 'base64')
    const keyring = await openKeyring(store.reader, rootKey)
    const rows = await store.reader
      .selectFrom('versions')
      .innerJoin('entries', 'entries.id', 'versions.entry_id')
      .innerJoin('organizations', 'organizations.id', 'entries.org_id')
      .select([
        'organizations.name as org',
        'entries.kind',
        'entries.scope',
        'entries.key',
        'versions.version',
        'sealed',
      ])
      .execute()
    return rows.map(({sealed, ...place}) => ({...place, value: keyring.open(place, sealed).toString('utf8')}))
  } finally {
    await store.close()
  }
}
