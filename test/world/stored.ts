import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Place} from '../../src/formats/sealed-value.ts'
import {openKeyring} from '../../src/server/keyring/keyring.ts'
import {openStore} from '../../src/server/store/store.ts'

/** A version as it is stored, opened. */
export interface StoredVersion extends Place {
  value: string
}

/** Every version in a data folder whose server is stopped, opened with its root key. @throws when one does not open. */
export async function storedVersions(data: string): Promise<StoredVersion[]> {
  const store = await openStore(data)
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
