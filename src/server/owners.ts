import {randomBytes} from 'node:crypto'
import {newToken} from '../formats/token.ts'
import type {AsServer} from './gate/as-server.ts'
import {Refused} from './gate/refused.ts'
import type {Keyring} from './keyring/keyring.ts'
import {firstOrganization} from './store/first-organization.ts'
import type {Store} from './store/store.ts'
import {initialize, recover} from './tokens/owner.ts'

export type KeepRecovered = (token: string, name: string) => Promise<void>
export type RecoveredOwner = {name: string} | {missing: 'unknown' | 'deleted'}

interface OwnerParts {
  asServer: AsServer
  keyring: Keyring
  store: Store
}

/** See `Services.ownerToken`. */
export async function ownerToken(
  {asServer, keyring, store}: OwnerParts,
  keep: (token: string) => Promise<void>,
): Promise<boolean> {
  const {id} = await firstOrganization(store.reader)
  const any = await store.reader.selectFrom('tokens').select('id').where('org_id', '=', id).limit(1).executeTakeFirst()
  if (any !== undefined) return false
  const token = newToken()
  await keep(token)
  const target = {kind: 'token', name: 'owner'}
  return asServer({operation: 'server.initialize', act: initialize(keyring, token), input: null, target}).then(
    () => true,
    (error: unknown) => {
      // Another server of the same store was first.
      if (error instanceof Refused && error.code === 'forbidden') return false
      throw error
    },
  )
}

/** See `Services.recoverOwner`. */
export async function recoverOwner(
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
