import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {NO_ORG} from '../gate/refused.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {isFirst} from '../store/first-organization.ts'
import {notHere} from './create.ts'
import {heldBy} from './held.ts'

type Route = Routes['orgsDelete']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Deletes each organization: its secrets, variables and their versions are gone for good, its tokens and sessions end. The
 * audit log stays, and the name with it. Refusals: forbidden (not from the first one, or the first one itself), not_found.
 */
export const deleteOrgs: Act<'orgs.delete', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What deletes an organization has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await deleteOrg(tx, ask))
  return outcomes
}

async function deleteOrg(tx: Write<'orgs.delete'>, {input}: Ask<Input<Route>>): Promise<Outcome> {
  const {name} = input.params
  if (!(await isFirst(tx.db, tx.orgId))) return notHere()
  if (name === tx.org) return refusal('forbidden', 'The first organization is the server’s own, and stays.')
  const row = await tx.db
    .selectFrom('organizations')
    .select('id')
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return refusal(...NO_ORG)
  // Its own chain's turns, of every server, come before this or after it, and none puts something in meanwhile.
  await tx.db.selectFrom('audit_heads').select('sequence').where('org_id', '=', row.id).forUpdate().execute()
  const {scopes: _, ...held} = await heldBy(tx.db, row.id, tx.now)
  await empty(tx, row.id)
  await tx.db.updateTable('organizations').set({deleted_at: tx.now}).where('id', '=', row.id).execute()
  return {
    reply: {name, ...held, changed: true, erased: true},
    targets: [{kind: 'organization', name}],
    alsoIn: [{orgId: row.id, org: name}],
    changed: true,
    erased: true,
  }
}

/** Removes what an organization holds. Tokens stay as rows, ended: the audit log names them. */
async function empty({db, now}: Write<'orgs.delete'>, orgId: number): Promise<void> {
  const entries = db.selectFrom('entries').select('id').where('org_id', '=', orgId)
  const tokens = db.selectFrom('tokens').select('id').where('org_id', '=', orgId)
  // As everywhere, entries before their versions.
  await entries.orderBy('id').forUpdate().execute()
  await db.deleteFrom('versions').where('entry_id', 'in', entries).execute()
  await db.deleteFrom('entry_tags').where('entry_id', 'in', entries).execute()
  await db.deleteFrom('value_references').where('entry_id', 'in', entries).execute()
  for (const table of ['sessions', 'signin_links', 'workload_sessions'] as const)
    await db.deleteFrom(table).where('token_id', 'in', tokens).execute()
  const environments = db.selectFrom('environments').select('id').where('org_id', '=', orgId)
  await db.deleteFrom('bindings').where('environment_id', 'in', environments).execute()
  await db
    .updateTable('tokens')
    .set({revoked_at: now})
    .where('org_id', '=', orgId)
    .where('revoked_at', 'is', null)
    .execute()
  for (const table of ['entries', 'scopes', 'environments', 'policy_rules', 'roles', 'requests'] as const)
    await db.deleteFrom(table).where('org_id', '=', orgId).execute()
}
