import type {Kysely, Selectable} from 'kysely'
import {type Permission, roles} from '../../contract/permissions.ts'
import type {ShownToken} from '../../contract/routes/tokens.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import {builtInRole, listOf, permissionList} from '../credentials/confirm.ts'
import type {Actor} from '../gate/types.ts'
import {numbersOf} from '../store/json-list.ts'
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

/** What the role that a token has, or would have, allows in an organization; null: there is no such role. */
export async function permissionsOfRole(
  db: Db,
  orgId: number,
  token: Pick<Token, 'role' | 'environment_id'>,
): Promise<readonly Permission[] | null> {
  const builtIn = builtInRole(token)
  if (builtIn !== null) return roles[builtIn]
  const row = await db
    .selectFrom('roles')
    .select('permissions')
    .where('org_id', '=', orgId)
    .where('name', '=', token.role)
    .executeTakeFirst()
  return row === undefined ? null : permissionList(row.permissions)
}

/** The names of the environments that tokens are bound to, by their ids. */
export async function loadEnvironmentNames(db: Db, rows: readonly Token[]): Promise<Map<number, string>> {
  const ids = [...new Set(rows.flatMap(({environment_id: id}) => (id === null ? [] : [id])))]
  if (ids.length === 0) return new Map()
  const found = await db
    .selectFrom('environments')
    .select(['id', 'name'])
    .where('id', 'in', numbersOf(JSON.stringify(ids)))
    .execute()
  return new Map(found.map(({id, name}) => [id, name]))
}

/** A token as it may be shown. `environments`: the names of those that tokens are bound to. */
export const shown = (row: Token, environments: ReadonlyMap<number, string>): ShownToken => ({
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
  ...(row.subject === null ? {} : {person: true as const}),
  workload:
    row.environment_id === null
      ? null
      : {
          environment: environments.get(row.environment_id) ?? null,
          host: null,
          labels: {},
          ...(JSON.parse(row.claims ?? '{}') as object),
        },
})
