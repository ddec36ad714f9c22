import {type Act, refusal, type Write} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'

type Keys = Pick<Keyring, 'credentialHash'>

/** Lets `token` be the first owner token of an organization that has none; afterwards it is refused. */
export const initialize =
  (keyring: Keys, token: string): Act<'server.initialize', null, null> =>
  async (tx, asks) => {
    const any = await tx.db.selectFrom('tokens').select('id').where('org_id', '=', tx.orgId).limit(1).executeTakeFirst()
    if (any !== undefined) return asks.map(() => refusal('forbidden', 'This organization has an owner.'))
    await addOwner(tx, keyring, 'owner', token)
    return asks.map(() => ({reply: null, targets: [{kind: 'token', name: 'owner'}], changed: true}))
  }

/** Lets `token` be one more owner, of this name. Whoever may read the root key can have this done, and nobody else. */
export const recover =
  (keyring: Keys, name: string, token: string): Act<'server.recover-owner', null, null> =>
  async (tx, asks) => {
    await addOwner(tx, keyring, name, token)
    return asks.map(() => ({reply: null, targets: [{kind: 'token', name}], changed: true}))
  }

async function addOwner(
  tx: Write<'server.initialize'> | Write<'server.recover-owner'>,
  keyring: Keys,
  name: string,
  token: string,
): Promise<void> {
  await tx.db
    .insertInto('tokens')
    .values({
      org_id: tx.orgId,
      name,
      hash: keyring.credentialHash('token', token),
      role: 'owner',
      created_at: tx.now,
      created_by: 'server',
    })
    .execute()
}
