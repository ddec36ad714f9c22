import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {newToken} from '../../formats/token.ts'
import {listOf} from '../credentials/confirm.ts'
import {mightier, widerThan} from '../credentials/wider.ts'
import {type Act, type Actor, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {findToken, loadEnvironmentNames, permissionsOfRole, shown, type Token} from './load.ts'

type Revoke = Routes['tokensRevoke']
type Rotate = Routes['tokensRotate']
type Handle = Write<'tokens.revoke'> | Write<'tokens.rotate'> | Write<'sessions.revoke'>

/** Ends a token for good, with its sessions and links. Refusals: not_found, forbidden (wider), in_use (the last lasting owner). */
export const revokeTokens: Act<'tokens.revoke', Input<Revoke>, Reply<Revoke>> = async (tx, asks) => {
  const outcomes: (Change<Reply<Revoke>> | Refusal)[] = []
  // What ends credentials has a turn to itself, so this list has one element.
  for (const {actor, input} of asks) {
    const found = await tokenWithin(tx, actor, input.params.name, mightier)
    if ('refused' in found) outcomes.push(found)
    else outcomes.push(await revokeToken(tx, found))
  }
  return outcomes
}

async function revokeToken(tx: Write<'tokens.revoke'>, row: Token): Promise<Change<Reply<Revoke>> | Refusal> {
  const targets = [{kind: 'token', name: row.name}] as [{kind: string; name: string}]
  const environments = await loadEnvironmentNames(tx.db, [row])
  if (row.revoked_at !== null) return {reply: {...shown(row, environments), changed: false}, targets, changed: false}
  if (isLasting(row) && (await lastingOwners(tx)) === 1) {
    return refusal('in_use', 'This is the last owner that does not expire: nobody could undo it. Make another first.')
  }
  await tx.db.updateTable('tokens').set({revoked_at: tx.now}).where('id', '=', row.id).execute()
  await endSessions(tx, row.id)
  return {reply: {...shown({...row, revoked_at: tx.now}, environments), changed: true}, targets, changed: true}
}

/** Gives a token a new text, in the reply alone; the old one ends at once. Refusals: not_found, forbidden (wider than who asks). */
export const rotateTokens =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'tokens.rotate', Input<Rotate>, Reply<Rotate>> =>
  async (tx, asks) => {
    const outcomes: (Change<Reply<Rotate>> | Refusal)[] = []
    for (const {actor, input} of asks) {
      const found = await tokenWithin(tx, actor, input.params.name, widerThan)
      if ('refused' in found) {
        outcomes.push(found)
        continue
      }
      if (found.revoked_at !== null || (found.expires_at !== null && found.expires_at <= tx.now)) {
        outcomes.push(refusal('not_found', 'This token has ended: make another, postern token create NAME --role ROLE'))
        continue
      }
      if (found.subject !== null) {
        outcomes.push(refusal('forbidden', 'This is a person, who signs in at the provider: no token speaks as one.'))
        continue
      }
      const token = newToken(found.environment_id === null ? 'admin' : 'workload')
      const hash = keyring.credentialHash('token', token)
      await tx.db.updateTable('tokens').set({hash}).where('id', '=', found.id).execute()
      await endSessions(tx, found.id)
      const targets = [{kind: 'token', name: found.name}] as [{kind: string; name: string}]
      const environments = await loadEnvironmentNames(tx.db, [found])
      outcomes.push({reply: {...shown(found, environments), token: tx.trial ? null : token}, targets, changed: true})
    }
    return outcomes
  }

/** The token of this name, where it is not wider, in what counts, than who asks. Refusals: not_found, forbidden. */
async function tokenWithin(tx: Handle, actor: Actor, name: string, inWhat: typeof widerThan): Promise<Token | Refusal> {
  const row = await findToken(tx.db, actor, name)
  if (row === undefined) return refusal('not_found', 'There is no token of this name.')
  const might = {
    permissions: (await permissionsOfRole(tx.db, tx.orgId, row)) ?? [],
    scopes: listOf(row.scopes),
    cidrs: listOf(row.cidrs),
    expiresAt: row.expires_at,
  }
  const wider = inWhat(actor, might)
  return wider === null ? row : refusal('forbidden', `This token is wider than yours: ${wider}.`)
}

/** The token of this name, where who asks may end its sessions: always those of their own. Refusals: not_found, forbidden. */
export const tokenToSignOut = (tx: Write<'sessions.revoke'>, actor: Actor, name: string): Promise<Token | Refusal> =>
  tokenWithin(tx, actor, name, (_, might) => (name === actor.name ? null : mightier(actor, might)))

const isLasting = ({role, scopes, cidrs, expires_at}: Token) =>
  role === 'owner' && scopes === null && cidrs === null && expires_at === null

async function lastingOwners(tx: Handle): Promise<number> {
  const {count} = await tx.db
    .selectFrom('tokens')
    .select(({fn}) => fn.countAll<number>().as('count'))
    .where('org_id', '=', tx.orgId)
    .where('role', '=', 'owner')
    .where('scopes', 'is', null)
    .where('cidrs', 'is', null)
    .where('expires_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

async function endSessions(tx: Handle, tokenId: number): Promise<void> {
  for (const table of ['sessions', 'signin_links', 'workload_sessions'] as const)
    await tx.db.deleteFrom(table).where('token_id', '=', tokenId).execute()
}
