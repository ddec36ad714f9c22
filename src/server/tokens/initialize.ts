import {type Act, refusal} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'

/** Lets `token` be the first owner token of an organization that has none; afterwards it is refused. */
export const initialize =
  (keyring: Pick<Keyring, 'credentialHash'>, token: string): Act<'server.initialize', null, null> =>
  async (tx, asks) => {
    const any = await tx.db.selectFrom('tokens').select('id').where('org_id', '=', tx.orgId).limit(1).executeTakeFirst()
    if (any !== undefined) return asks.map(() => refusal('forbidden', 'This organization has an owner.'))
    await tx.db
      .insertInto('tokens')
      .values({
        org_id: tx.orgId,
        name: 'owner',
        hash: keyring.credentialHash('token', token),
        role: 'owner',
        created_at: tx.now,
        created_by: 'server',
        expires_at: null,
        revoked_at: null,
      })
      .execute()
    return asks.map(() => ({reply: null, targets: [{kind: 'token', name: 'owner'}], changed: true}))
  }
