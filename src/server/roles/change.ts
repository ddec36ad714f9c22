import {isBuiltInRole, permissions} from '../../contract/permissions.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {permissionList} from '../credentials/confirm.ts'
import {isServerName} from '../credentials/server-actor.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'

type Create = Routes['rolesCreate']
type Delete = Routes['rolesDelete']

/** The most tokens that a refusal names. */
const MOST_NAMED = 5

/** Makes a role of permissions that who asks has. Refusals: forbidden, value_refused (the server's name), already_exists. */
export const createRoles: Act<'roles.create', Input<Create>, Reply<Create>> = async (tx, asks) => {
  const outcomes = []
  // What changes who may do what has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await createRole(tx, ask))
  return outcomes
}

async function createRole(
  tx: Write<'roles.create'>,
  {actor, input: {body}}: Ask<Input<Create>>,
): Promise<Change<Reply<Create>> | Refusal> {
  const extra = body.permissions.filter((permission) => !actor.permissions.includes(permission))
  if (extra.length > 0) {
    return refusal('forbidden', `A role cannot allow what yours does not: ${[...new Set(extra)].join(', ')}.`)
  }
  if (isServerName(body.name)) return refusal('value_refused', 'The name "server" is the server’s own; choose another.')
  if (isBuiltInRole(body.name)) return refusal('already_exists', 'This is the name of a built-in role.')
  const allowed = permissions.filter((permission) => body.permissions.includes(permission))
  const row = await tx.db
    .insertInto('roles')
    .values({
      org_id: tx.orgId,
      name: body.name,
      permissions: JSON.stringify(allowed),
      created_at: tx.now,
      created_by: actor.name,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  if (row === undefined) return refusal('already_exists', 'There is a role of this name.')
  return {
    reply: {name: body.name, permissions: allowed, builtIn: false, createdAt: tx.now, createdBy: actor.name},
    targets: [{kind: 'role', name: body.name}],
    changed: true,
    note: allowed.join(', '),
  }
}

/** Deletes a role that no valid token has. Refusals: not_found, forbidden (wider than who asks), in_use (built in, or a valid token has it). */
export const deleteRoles: Act<'roles.delete', Input<Delete>, Reply<Delete>> = async (tx, asks) => {
  const outcomes = []
  for (const ask of asks) outcomes.push(await deleteRole(tx, ask))
  return outcomes
}

async function deleteRole(
  tx: Write<'roles.delete'>,
  {actor, input: {params}}: Ask<Input<Delete>>,
): Promise<Change<Reply<Delete>> | Refusal> {
  const {name} = params
  const role = await tx.db
    .selectFrom('roles')
    .select('permissions')
    .where('org_id', '=', tx.orgId)
    .where('name', '=', name)
    .executeTakeFirst()
  // An organization's own role may be older than the built-in one of its name.
  if (role === undefined)
    return isBuiltInRole(name)
      ? refusal('in_use', 'A built-in role stays: tokens may have it at any time.')
      : refusal('not_found', 'There is no role of this name.')
  const extra = permissionList(role.permissions).filter((permission) => !actor.permissions.includes(permission))
  if (extra.length > 0) return refusal('forbidden', `This role allows what yours does not: ${extra.join(', ')}.`)
  const users = await tx.db
    .selectFrom('tokens')
    .select('name')
    .where('org_id', '=', tx.orgId)
    .where('role', '=', name)
    .$if(isBuiltInRole(name), (tokens) => tokens.where('environment_id', 'is', null))
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', tx.now)]))
    .orderBy('name')
    .execute()
  if (users.length > 0) {
    const named = users.slice(0, MOST_NAMED).map((user) => user.name)
    const more = users.length > named.length ? ` and ${users.length - named.length} more` : ''
    // Who may not list tokens does not learn their names here.
    const which = actor.permissions.includes('tokens.list') ? `: ${named.join(', ')}${more}` : ` (${users.length})`
    return refusal('in_use', `Tokens have this role${which}. Revoke them first.`)
  }
  await tx.db.deleteFrom('roles').where('org_id', '=', tx.orgId).where('name', '=', name).execute()
  return {reply: {name, changed: true}, targets: [{kind: 'role', name}], changed: true}
}
