import type {Kysely, Selectable} from 'kysely'
import {isBuiltInRole, type Permission, roles} from '../../contract/permissions.ts'
import type {ShownToken} from '../../contract/routes/tokens.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import {listOf, permissionList} from '../credentials/confirm.ts'
import type {Actor} from '../gate/types.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>
export type Token = Selectable<Schema['tokens']>

/** The token of this name, unless the actor may not know of it: one that is bound to scopes sees those within its own. */
export async function findToken(db: Db, actor: Actor, name: string): Promise<Token | undefined> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('org_id', '=', actor.orgId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row !== undefined && sees(actor, row) ? row : undefined
}

/** Whether a token lies within the scopes of an actor. */
export const sees = (actor: Actor, token: Pick<Token, 'scopes'>): boolean =>
  (listOf(token.scopes) ?? ['**']).every((scope) => reaches(actor.scopes, scope))

/** What a role of the organization allows; null: there is no such role. */
export async function permissionsOfRole(db: Db, orgId: number, role: string): Promise<readonly Permission[] | null> {
  if (isBuiltInRole(role)) return roles[role]
  const row = await db
    .selectFrom('roles')
    .select('permissions')
    .where('org_id', '=', orgId)
    .where('name', '=', role)
    .executeTakeFirst()
  return row === undefined ? null : permissionList(row.permissions)
}

/** A token as it may be shown. */
export const shown = (row: Token): ShownToken => ({
  name: row.name,
  role: row.role,
  scopes: listOf(row.scopes),
  cidrs: listOf(row.cidrs),
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  // What is stored is cut to the minute, so it may lie before the token was made.
  lastUsedAt: row.last_used_at !== null && row.last_used_at < row.created_at ? row.created_at : row.last_used_at,
})
