import type {BuiltInRole} from '../../contract/permissions.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {ShownToken} from '../../contract/routes/tokens.ts'
import {newToken} from '../../formats/token.ts'
import {isBlock} from '../credentials/addresses.ts'
import {isServerName} from '../credentials/server-actor.ts'
import {widerThan} from '../credentials/wider.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {loadEnvironmentNames, permissionsOfRole, shown} from './load.ts'

type Route = Routes['tokensCreate']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Makes a token, no wider and no longer-lived than who asks. Its text is in the reply alone: the store keeps a keyed hash.
 * Refusals: not_found (no such role), already_exists, forbidden, value_refused.
 */
export const createTokens =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'tokens.create', Input<Route>, Reply<Route>> =>
  async (tx, asks) => {
    const outcomes: Outcome[] = []
    // What makes credentials has a turn to itself, so this list has one element.
    for (const ask of asks) outcomes.push(await createToken(keyring, tx, ask))
    return outcomes
  }

async function createToken(
  keyring: Pick<Keyring, 'credentialHash'>,
  tx: Write<'tokens.create'>,
  {actor, input: {body}}: Ask<Input<Route>>,
): Promise<Outcome> {
  if (isServerName(body.name)) return refusal('value_refused', 'The name "server" is the server’s own; choose another.')
  const bound = await boundTo(tx, body)
  if ('refused' in bound) return bound
  const asBound = {role: body.role, environment_id: bound.environmentId}
  const permissions = await permissionsOfRole(tx.db, tx.orgId, asBound)
  if (permissions === null) {
    return refusal('not_found', 'There is no role of that name.')
  }
  if (body.cidrs?.every(isBlock) === false) return refusal('value_refused', 'An address block is not a CIDR block.')
  const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt).toISOString()
  if (expiresAt !== null && expiresAt <= tx.now) return refusal('value_refused', 'The expiry is not in the future.')
  const [scopes, cidrs] = [body.scopes ?? null, body.cidrs ?? null]
  const wider = widerThan(actor, {permissions, scopes, cidrs, expiresAt})
  if (wider !== null) return refusal('forbidden', `A token cannot be wider than the one that makes it: ${wider}.`)
  const token = newToken(bound.environmentId === null ? 'admin' : 'workload')
  const row = await tx.db
    .insertInto('tokens')
    .values({
      org_id: tx.orgId,
      name: body.name,
      hash: keyring.credentialHash('token', token),
      role: body.role,
      scopes: scopes && JSON.stringify(scopes),
      cidrs: cidrs && JSON.stringify(cidrs),
      created_at: tx.now,
      created_by: actor.name,
      expires_at: expiresAt,
      environment_id: bound.environmentId,
      claims: bound.claims,
    })
    .onConflict((conflict) => conflict.columns(['org_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) {
    return refusal(
      'already_exists',
      'There is, or was, a token of this name; a name is given once, so that the audit log stays clear.',
    )
  }
  const environments = await loadEnvironmentNames(tx.db, [row])
  return {
    reply: {...shown(row, environments), token: tx.trial ? null : token},
    targets: [{kind: 'token', name: body.name}],
    changed: true,
    note: noteOf(shown(row, environments)),
  }
}

/** The environment of a workload's token, and what is said of the workload, as the store keeps it. */
async function boundTo(
  tx: Write<'tokens.create'>,
  {role, environment, host, labels}: Input<Route>['body'],
): Promise<{environmentId: number | null; claims: string | null} | Refusal> {
  if (environment === undefined && role === WORKLOAD)
    return refusal('malformed', 'A token of the role workload is bound to an environment: name it.')
  if (environment === undefined && (host !== undefined || labels !== undefined))
    return refusal('malformed', 'A host and labels are said of a workload, which is bound to an environment: name it.')
  if (environment === undefined) return {environmentId: null, claims: null}
  if (role !== WORKLOAD)
    return refusal('malformed', 'A token that is bound to an environment has the role workload, and no other.')
  const row = await tx.db
    .selectFrom('environments')
    .select('id')
    .where('org_id', '=', tx.orgId)
    .where('name', '=', environment)
    .executeTakeFirst()
  if (row === undefined) return refusal('not_found', 'There is no environment of this name.', {about: 'environment'})
  return {environmentId: row.id, claims: JSON.stringify({host, labels})}
}

const WORKLOAD: BuiltInRole = 'workload'

/** What the audit log says of a new token. */
function noteOf({role, scopes, cidrs, expiresAt, workload}: ShownToken): string {
  const within = scopes === null ? 'of the whole organization' : `within ${scopes.join(', ')}`
  const from = cidrs === null ? '' : `, from ${cidrs.join(', ')}`
  const {environment = null, host = null, labels = {}} = workload ?? {}
  const claims = [...(host === null ? [] : [`host ${host}`]), ...Object.entries(labels).map((one) => one.join('='))]
  const who = environment === null ? role : [`${role} of ${environment}`, ...claims].join(', ')
  return `${who}, ${within}${from}, ${expiresAt === null ? 'no expiry' : `until ${expiresAt}`}`
}
