import {randomUUID} from 'node:crypto'
import {newToken} from '../formats/token.ts'
import {serverActor} from './credentials/server-actor.ts'
import {type AsServer, asServer} from './gate/as-server.ts'
import {createGate, type Gate} from './gate/gate.ts'
import {Refused} from './gate/refused.ts'
import {type Keyring, newKeys, openKeyring} from './keyring/keyring.ts'
import {openStore, type Store} from './store/store.ts'
import type {Context} from './surfaces/context.ts'
import {initialize} from './tokens/initialize.ts'

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

/** What is behind the doors: store, keyring and gate, opened and wired. */
export interface Services {
  context: Context
  /** The id of the root key that the store is under. */
  rootKeyId: string
  /** Writes as the server itself. */
  asServer: AsServer
  /**
   * Makes the first owner token, once; answers whether it did. The token is handed to `keep` before it is valid, so that
   * none is valid that nobody has.
   */
  ownerToken: (keep: (token: string) => Promise<void>) => Promise<boolean>
  /** @throws Refused `unavailable` when the store does not answer. */
  ready: () => Promise<void>
  /** Lets what waits at the gate finish, then closes the store. */
  close: () => Promise<void>
}

/** Opens the store in `folder`; a new one gets its keys and the organization `default`. @throws naming what to do. */
export async function openServices(options: ServiceOptions): Promise<Services> {
  const now = options.now ?? (() => new Date())
  const store = await openStore(options.folder)
  try {
    await furnish(store, options.rootKey, now().toISOString())
    const keyring = await openKeyring(store.reader, options.rootKey, ...(options.otherRootKeys ?? []))
    const gate = createGate({store, keyring, now, onFault: options.onFault ?? (() => {})})
    const {version, dashboardUrl} = options
    return {
      context: {gate, reader: store.reader, keyring, version, dashboardUrl, now},
      rootKeyId: keyring.rootKeyId,
      asServer: asServer(gate, keyring, store.reader),
      ownerToken: (keep) => ownerToken(gate, keyring, store, keep),
      ready: async () => {
        await store.reader
          .selectFrom('organizations')
          .select('id')
          .limit(1)
          .execute()
          .catch(() => {
            throw new Refused('unavailable', 'The store does not answer.')
          })
      },
      close: async () => {
        await gate.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What a store needs before there is a keyring to sign anything: keys, and the first organization. One transaction, once. */
async function furnish(store: Store, rootKey: Uint8Array, now: string): Promise<void> {
  await store.writer.transaction().execute(async (trx) => {
    const any = await trx.selectFrom('keys').select('id').limit(1).executeTakeFirst()
    if (any !== undefined) return
    await trx.insertInto('keys').values(newKeys(rootKey, now)).execute()
    await trx.insertInto('organizations').values({name: 'default', created_at: now}).execute()
  })
}

async function ownerToken(
  gate: Gate,
  keyring: Keyring,
  store: Store,
  keep: (token: string) => Promise<void>,
): Promise<boolean> {
  const {id, name} = await store.reader
    .selectFrom('organizations')
    .select(['id', 'name'])
    .orderBy('id')
    .executeTakeFirstOrThrow()
  const any = await store.reader.selectFrom('tokens').select('id').where('org_id', '=', id).limit(1).executeTakeFirst()
  if (any !== undefined) return false
  const token = newToken()
  await keep(token)
  const requestId = randomUUID()
  await gate.write({
    actor: serverActor({id, name}),
    operation: 'server.initialize',
    act: initialize(keyring, token),
    requestId,
    address: null,
    input: null,
    target: {kind: 'token', name: 'owner'},
    reached: 'organization',
    digest: keyring.requestDigest(requestId),
    dryRun: false,
    oneTimeReply: false,
  })
  return true
}
