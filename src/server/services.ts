import type {Transaction} from 'kysely'
import {type Authority, keptAuthority} from './authority.ts'
import {type Verified, verifyStore} from './backup/verify.ts'
import {countFailures} from './credentials/failures.ts'
import {findTokens} from './credentials/identify.ts'
import {noteLastUse} from './credentials/last-use.ts'
import {countRefusals} from './credentials/summed-refusals.ts'
import {type AsServer, asServer} from './gate/as-server.ts'
import {createGate} from './gate/gate.ts'
import {forgetOwed} from './jobs/forget-owed.ts'
import {type KeepKeys, keepKeys} from './jobs/keep-keys.ts'
import {minutely} from './jobs/minutely.ts'
import {newKeys, openKeyring} from './keyring/keyring.ts'
import {countSealed} from './keys/seal-counts.ts'
import {type KeepRecovered, ownerToken, type RecoveredOwner, recoverOwner} from './owners.ts'
import {readinessOf} from './readiness.ts'
import type {Schema} from './store/schema.ts'
import {oneAtATime, type Store} from './store/store.ts'
import type {Context} from './surfaces/context.ts'
import {createHeld} from './surfaces/held.ts'
import {createRoom} from './surfaces/room.ts'

export interface ServiceOptions {
  /** Closed with the services, and when they do not open. */
  store: Store
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

/** What is behind the doors: store, keyring and gate, opened and wired. */
export interface Services {
  context: Context
  /** The id of the root key that the store is under. */
  rootKeyId: string
  /** Writes as the server itself. */
  asServer: AsServer
  /** The private certificate authority, which clients pin. */
  authority: Authority
  /** Retires data keys and re-encrypts, from now on; gives what stops it. */
  keepKeys: (given: Pick<KeepKeys, 'most' | 'onStuck' | 'onFault'>) => () => Promise<void>
  /** Erases what is owed, from now on; gives what stops it. `onDone` is told of each time that something was. */
  forgetOwed: (onDone: () => void) => () => Promise<void>
  /**
   * Makes the first owner token, once; answers whether it did. The token is handed to `keep` before it is valid, so that
   * none is valid that nobody has; when another server is first, it never is.
   */
  ownerToken: (keep: (token: string) => Promise<void>) => Promise<boolean>
  /**
   * Makes one more owner token of an organization, recorded as the server's deed; answers its name, or why there is no
   * such organization. `keep` gets the token, and its name, before it is valid.
   */
  recoverOwner: (org: string, keep: KeepRecovered) => Promise<RecoveredOwner>
  /** What is kept in memory and written once a minute: last uses, counts of seals, and the summary of what had no credential. */
  minutely: () => Promise<void>
  /** Goes over every audit log, and tries every stored value; nothing is disclosed. */
  verify: () => Promise<Verified>
  /** How many requests were refused because there were too many, since it was last asked. */
  takeOverload: () => number
  /** @throws Refused `unavailable` when the store does not answer, or took no write the last time. */
  ready: () => Promise<void>
  /** Lets what waits at the gate finish, then closes the store. */
  close: () => Promise<void>
}

/** Opens what is behind the doors of a store; a new one gets its keys and the organization `default`. @throws naming what to do. */
export async function openServices(options: ServiceOptions): Promise<Services> {
  const now = options.now ?? (() => new Date())
  const {store} = options
  try {
    await furnish(store, options, now().toISOString())
    const keyring = await openKeyring(store.reader, options.rootKey, ...(options.otherRootKeys ?? []))
    const readiness = readinessOf(store)
    const sealCounts = countSealed(store.writer)
    const refusals = countRefusals()
    let refused = 0
    const onOverload = () => {
      refused += 1
    }
    const gate = createGate({
      store,
      keyring,
      now,
      onFault: (error, operation) => {
        if (operation === 'turn') readiness.failed()
        options.onFault?.(error, operation)
      },
      onSummed: refusals.count,
      onOverload,
      onCommit: readiness.wrote,
      onSealed: sealCounts.add,
    })
    const {version, dashboardUrl} = options
    const failures = countFailures(now)
    const room = createRoom(onOverload)
    const held = createHeld(store.reader, onOverload)
    const lastUse = noteLastUse(store.writer)
    const own = asServer(gate, keyring, store.reader)
    const owners = {asServer: own, keyring, store}
    return {
      context: {
        gate,
        reader: store.reader,
        findToken: findTokens(store.reader),
        keyring,
        failures,
        room,
        held,
        lastUse,
        version,
        dashboardUrl,
        now,
      },
      rootKeyId: keyring.rootKeyId,
      asServer: own,
      authority: keptAuthority({asServer: own, reader: store.reader, keyring}),
      keepKeys: (given) => keepKeys({...given, asServer: own, reader: store.reader, sealCounts, keyring}),
      forgetOwed: (onDone) => forgetOwed(store, onDone),
      ownerToken: (keep) => ownerToken(owners, keep),
      recoverOwner: (org, keep) => recoverOwner(owners, {org, now: now()}, keep),
      minutely: () => minutely({failures, refusals, lastUse, sealCounts, asServer: own}),
      verify: () => verifyStore(store.reader, keyring),
      takeOverload: () => {
        const taken = refused
        refused = 0
        return taken
      },
      ready: readiness.check,
      close: async () => {
        try {
          await lastUse.write()
          await gate.close()
          await sealCounts.write()
        } finally {
          await store.close()
        }
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * What a store needs before there is a keyring to sign anything: keys, and the first organization. One transaction, once,
 * and once more where an older store lacks a key.
 */
async function furnish(store: Store, {rootKey, otherRootKeys, version}: ServiceOptions, now: string): Promise<void> {
  await store.writer.transaction().execute(async (trx) => {
    await oneAtATime(trx)
    await noteProgram(trx, version, now)
    const rows = await trx.selectFrom('keys').selectAll().orderBy('id').execute()
    const lacking = newKeys(rootKey, now, rows, otherRootKeys)
    if (lacking.length > 0) await trx.insertInto('keys').values(lacking).execute()
    if (rows.length > 0) return
    await trx.insertInto('organizations').values({name: 'default', created_at: now}).execute()
  })
}

/** Writes down which program has the store, the first time that it does. */
async function noteProgram(trx: Transaction<Schema>, version: string, now: string): Promise<void> {
  const known = await trx.selectFrom('programs').select('version').where('version', '=', version).executeTakeFirst()
  if (known === undefined) await trx.insertInto('programs').values({version, first_at: now}).execute()
}
