import type {Transaction} from 'kysely'
import type {Act, Target} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import {caFingerprint} from '../tls/ca-fingerprint.ts'
import type {KeyAndCertificate} from '../tls/certificates.ts'
import {nextKeyId} from './next-id.ts'

type Keys = Pick<Keyring, 'newAuthority' | 'openAuthority' | 'rootKeyId'>

/** Stores the authority, unless the store has one: of nodes that start at once, the first one's stands. */
export const keepAuthority =
  (keyring: Keys, pair: KeyAndCertificate): Act<'server.keep-authority', null, null> =>
  async ({db, now}, asks) => {
    const found = await storedAuthority(db)
    if (found === undefined) await insert(db, keyring, pair, now)
    const standing = found === undefined ? pair : keyring.openAuthority(found)
    const change = {reply: null, targets: [authorityTarget(standing)] as [Target], changed: found === undefined}
    return asks.map(() => change)
  }

/** Puts the authority in the place of the one that the store has, if any, whose key is erased. */
export const replaceAuthority =
  (keyring: Keys, pair: KeyAndCertificate): Act<'server.rotate-authority', null, null> =>
  async ({db, now}, asks) => {
    const found = await storedAuthority(db)
    await insert(db, keyring, pair, now)
    if (found !== undefined) await db.deleteFrom('keys').where('id', '=', found.id).execute()
    const change = {reply: null, targets: [authorityTarget(pair)] as [Target], changed: true, erased: true}
    return asks.map(() => change)
  }

/** The row of the authority; undefined: the store has none. */
export const storedAuthority = (db: Pick<Transaction<Schema>, 'selectFrom'>): Promise<Schema['keys'] | undefined> =>
  db.selectFrom('keys').selectAll().where('purpose', '=', 'authority').orderBy('id').executeTakeFirst()

/** As the audit log names it: by the beginning of the fingerprint that clients pin. */
export const authorityTarget = ({cert}: KeyAndCertificate): Target => ({
  kind: 'authority',
  name: caFingerprint(cert).slice(0, 16),
})

async function insert(db: Transaction<Schema>, keyring: Keys, pair: KeyAndCertificate, now: string): Promise<void> {
  const id = await nextKeyId(db, keyring.rootKeyId)
  await db
    .insertInto('keys')
    .values(keyring.newAuthority(id, pair, now))
    .execute()
}
