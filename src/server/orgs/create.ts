import {roles} from '../../contract/permissions.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {newToken} from '../../formats/token.ts'
import {widerThan} from '../credentials/wider.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {isFirst} from '../store/first-organization.ts'

type Route = Routes['orgsCreate']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Makes each organization with its first owner token, whose text is in the reply alone. Its audit log begins with this
 * very deed. Refusals: forbidden (not from the first one, or not by a lasting, unbound owner), already_exists (a deleted one's name, too).
 */
export const createOrgs =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'orgs.create', Input<Route>, Reply<Route>> =>
  async (tx, asks) => {
    const outcomes: Outcome[] = []
    // What makes an organization has a turn to itself, so this list has one element.
    for (const ask of asks) outcomes.push(await createOrg(keyring, tx, ask))
    return outcomes
  }

async function createOrg(
  keyring: Pick<Keyring, 'credentialHash'>,
  tx: Write<'orgs.create'>,
  {input, actor}: Ask<Input<Route>>,
): Promise<Outcome> {
  const {name} = input.body
  if (!(await isFirst(tx.db, tx.orgId))) return notHere()
  const wider = widerThan(actor, {permissions: roles.owner, scopes: null, cidrs: null, expiresAt: null})
  if (wider !== null) {
    return refusal(
      'forbidden',
      `The new organization's owner token cannot be wider than the one that makes it: ${wider}.`,
    )
  }
  const other = await tx.db.selectFrom('organizations').select('deleted_at').where('name', '=', name).executeTakeFirst()
  if (other !== undefined) {
    const why =
      other.deleted_at === null
        ? 'There is an organization of this name.'
        : 'There was an organization of this name, and its audit log is kept under it.'
    return refusal('already_exists', `${why} Choose another.`)
  }
  const {id} = await tx.db
    .insertInto('organizations')
    .values({name, created_at: tx.now})
    .returning('id')
    .executeTakeFirstOrThrow()
  const token = newToken()
  await tx.db
    .insertInto('tokens')
    .values({
      org_id: id,
      name: 'owner',
      hash: keyring.credentialHash('token', token),
      role: 'owner',
      created_at: tx.now,
      created_by: actor.name,
    })
    .execute()
  return {
    reply: {name, createdAt: tx.now, token: tx.trial ? null : token, changed: true},
    targets: [{kind: 'organization', name}],
    alsoIn: [{orgId: id, org: name}],
    changed: true,
  }
}

/** Organizations are managed from the server's own. */
export const notHere = (): Refusal =>
  refusal('forbidden', 'Organizations are made and deleted from the first one alone, the server’s own.')
