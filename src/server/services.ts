import {randomBytes} from 'node:crypto'
import {newToken} from '../formats/token.ts'
import {countFailures} from './credentials/failures.ts'
import {noteLastUse} from './credentials/last-use.ts'
import {countReadRefusals} from './credentials/refused-reads.ts'
import {type AsServer, asServer} from './gate/as-server.ts'
import {createGate} from './gate/gate.ts'
import {Refused} from './gate/refused.ts'
import {forgetOwed} from './jobs/forget-owed.ts'
import {type KeepKeys, keepKeys} from './jobs/keep-keys.ts'
import {minutely} from './jobs/minutely.ts'
import {type Keyring, newKeys, openKeyring} from './keyring/keyring.ts'
import {firstOrganization} from './store/first-organization.ts'
import {openStore, type Store} from './store/store.ts'
import {storeFaultOf} from './store/store-fault.ts'
import type {Context} from './surfaces/context.ts'
import {initialize, recover} from './tokens/owner.ts'

export interface ServiceOptions {
  /** The data folder, already locked by this process. */
  folder: string
  /** 32 bytes. */
  rootKey: Uint8Array
  /** What an interrupted rotation may have left the store under. */
  otherRootKeys?: readonly Uint8Array[]
  version: string
  dashboardUrl: () => string
  now?: () => Date
  /** Told of faults; never given a value. */
  onFault?: (error: unknown, operation: string) => void
}

type KeepRecovered = (token: string, name: string) => Promise<void>
type RecoveredOwner = {name: string} | {missing: 'unknown' | 'deleted'}

/** What is behind the doors: store, keyring and gate, opened and wired. */
export interface Services {
  context: Context
  /** The id of the root key that the store is under. */
  rootKeyId: string
  /** Writes as the server itself. */
  asServer: AsServer
  /** Retires data keys and re-encrypts, from now on; gives what stops it. */
  keepKeys: (given: Pick<KeepKeys, 'most' | 'onStuck' | 'onFault'>) => () => Promise<void>
  /** Erases what is owed, from now on; gives what stops it. `onDone` is told of each time that something was. */
  forgetOwed: (onDone: () => void) => () => Promise<void>
  /**
   * Makes the first owner token, once; answers whether it did. The token is handed to `keep` before it is valid, so that
   * none is valid that nobody has.
   */
  ownerToken: (keep: (token: string) => Promise<void>) => Promise<boolean>
  /**
   * Makes one more owner token of an organization, recorded as the server's deed; answers its name, or why there is no
   * such organization. `keep` gets the token, and its name, before it is valid.
   */
  recoverOwner: (org: string, keep: KeepRecovered) => Promise<RecoveredOwner>
  /** What is kept in memory and written once a minute: last uses, and the summary of what had no credential. */
  minutely: () => Promise<void>
  /** @throws Refused `unavailable` when the store does not answer, or took no write the last time. */
  ready: () => Promise<void>
  /** Lets what waits at the gate finish, then closes the store. */
  close: () => Promise<void>
}

/** Opens the store in `folder`; a new one gets its keys and the organization `default`. @throws naming what to do. */
export async function openServices(options: ServiceOptions): Promise<Services> {
  const now = options.now ?? (() => new Date())
  const store = await openStore(options.folder)
  try {
    await furnish(store, options, now().toISOString())
    const keyring = await openKeyring(store.reader, options.rootKey, ...(options.otherRootKeys ?? []))
    let writes = true
    const readRefusals = countReadRefusals()
    const gate = createGate({
      store,
      keyring,
      now,
      onFault: (error, operation) => {
        if (operation === 'turn') writes = false
        options.onFault?.(error, operation)
      },
      onReadRefused: readRefusals.count,
      onCommit: () => {
        writes = true
      },
    })
    const {version, dashboardUrl} = options
    const failures = countFailures(now)
    const lastUse = noteLastUse(store.writer)
    const own = asServer(gate, keyring, store.reader)
    const owners = {asServer: own, keyring, store}
    return {
      context: {gate, reader: store.reader, keyring, failures, lastUse, version, dashboardUrl, now},
      rootKeyId: keyring.rootKeyId,
      asServer: own,
      keepKeys: (given) => keepKeys({...given, asServer: own, reader: store.reader, keyring}),
      forgetOwed: (onDone) => forgetOwed(store, onDone),
      ownerToken: (keep) => ownerToken(owners, keep),
      recoverOwner: (org, keep) => recoverOwner(owners, {org, now: now()}, keep),
      minutely: () => minutely({failures, readRefusals, lastUse, asServer: own}),
      ready: async () => {
        await store.reader
          .selectFrom('organizations')
          .select('id')
          .limit(1)
          .execute()
          .catch(() => {
            throw new Refused('unavailable', 'The store does not answer.')
          })
        if (writes) return
        await tryWrite(store).catch((error: unknown) => {
          throw new Refused('unavailable', `The store takes no writes (${storeFaultOf(error) ?? 'failed'}).`)
        })
        writes = true
      },
      close: async () => {
        await lastUse.write()
        await gate.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Writes what is there already: nobody else may come to find out that writes succeed again. */
const tryWrite = (store: Store) =>
  store.writer
    .updateTable('organizations')
    .set((eb) => ({name: eb.ref('name')}))
    .execute()

/**
 * What a store needs before there is a keyring to sign anything: keys, and the first organization. One transaction, once,
 * and once more where an older store lacks a key.
 */
async function furnish(store: Store, {rootKey, otherRootKeys}: ServiceOptions, now: string): Promise<void> {
  await store.writer.transaction().execute(async (trx) => {
    const rows = await trx.selectFrom('keys').selectAll().orderBy('id').execute()
    const lacking = newKeys(rootKey, now, rows, otherRootKeys)
    if (lacking.length > 0) await trx.insertInto('keys').values(lacking).execute()
    if (rows.length > 0) return
    await trx.insertInto('organizations').values({name: 'default', created_at: now}).execute()
  })
}

interface OwnerParts {
  asServer: AsServer
  keyring: Keyring
  store: Store
}

async function ownerToken(
  {asServer, keyring, store}: OwnerParts,
  keep: (token: string) => Promise<void>,
): Promise<boolean> {
  const {id} = await firstOrganization(store.reader)
  const any = await store.reader.selectFrom('tokens').select('id').where('org_id', '=', id).limit(1).executeTakeFirst()
  if (any !== undefined) return false
  const token = newToken()
  await keep(token)
  const target = {kind: 'token', name: 'owner'}
  await asServer({operation: 'server.initialize', act: initialize(keyring, token), input: null, target})
  return true
}

async function recoverOwner(
  {asServer, keyring, store}: OwnerParts,
  {org: name, now}: {org: string; now: Date},
  keep: KeepRecovered,
): Promise<RecoveredOwner> {
  const org = await store.reader
    .selectFrom('organizations')
    .select(['id', 'name', 'deleted_at'])
    .where('name', '=', name)
    .executeTakeFirst()
  if (org === undefined) return {missing: 'unknown'}
  if (org.deleted_at !== null) return {missing: 'deleted'}
  const when = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const owner = `recovered-owner-${when}-${randomBytes(3).toString('hex')}`
  const token = newToken()
  await keep(token, owner)
  const target = {kind: 'token', name: owner}
  await asServer({operation: 'server.recover-owner', act: recover(keyring, owner, token), input: null, target, org})
  return {name: owner}
}
