import {Buffer} from 'node:buffer'
import {timingSafeEqual} from 'node:crypto'
import type {Kysely, Selectable} from 'kysely'
import {isBuiltInRole, isPermission, type Permission, roles} from '../../contract/permissions.ts'
import type {Actor} from '../gate/types.ts'
import {valuesOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>
type Token = Selectable<Schema['tokens']>

/**
 * Which of these actors are still who they were: token neither revoked, expired nor rotated, session and link not ended.
 * Gives the actor with what its role allows today, or null. One statement a table, whatever their number.
 */
export async function confirmActors(db: Db, actors: readonly Actor[], now: string): Promise<Map<Actor, Actor | null>> {
  const tokenIds = [...new Set(actors.filter((actor) => actor.kind !== 'server').map((actor) => actor.tokenId))]
  const tokens = tokenIds.length === 0 ? [] : await selectTokens(db, JSON.stringify(tokenIds))
  const valid = new Map(
    tokens.filter((t) => t.revoked_at === null && (t.expires_at === null || t.expires_at > now)).map((t) => [t.id, t]),
  )
  const sessionIds = actors.flatMap((actor) => (actor.sessionId === null ? [] : [actor.sessionId]))
  const sessions =
    sessionIds.length === 0
      ? []
      : await db
          .selectFrom('sessions')
          .select(['id', 'token_id'])
          .where('id', 'in', sessionIds)
          .where('expires_at', '>', now)
          .execute()
  const open = new Set(sessions.map((s) => `${s.token_id}:${hex(s.id)}`))
  const allowed = await permissionsOf(db, tokens)
  return new Map(
    actors.map((actor) => {
      if (actor.kind === 'server') return [actor, actor]
      const token = valid.get(actor.tokenId)
      const alive =
        token !== undefined &&
        isSame(token.hash, actor.tokenHash) &&
        (actor.sessionId === null || open.has(`${actor.tokenId}:${hex(actor.sessionId)}`))
      return [
        actor,
        alive
          ? {
              ...actor,
              role: token.role,
              scopes: listOf(token.scopes),
              cidrs: listOf(token.cidrs),
              permissions: allowed(token),
            }
          : null,
      ]
    }),
  )
}

/** Whether the token is still the one that came, compared in constant time. */
const isSame = (stored: Uint8Array, came: Uint8Array | null): boolean =>
  came === null || (stored.length === came.length && timingSafeEqual(stored, came))

/** What the role of each token allows: a built-in role's, or what the organization's own role of that name says; else nothing. */
async function permissionsOf(db: Db, tokens: readonly Token[]): Promise<(token: Token) => readonly Permission[]> {
  const custom = tokens.filter((token) => !isBuiltInRole(token.role))
  const rows =
    custom.length === 0
      ? []
      : await db
          .selectFrom('roles')
          .selectAll()
          .where('org_id', 'in', [...new Set(custom.map((token) => token.org_id))])
          .where('name', 'in', [...new Set(custom.map((token) => token.role))])
          .execute()
  const own = new Map(rows.map((row) => [`${row.org_id} ${row.name}`, permissionList(row.permissions)]))
  return ({role, org_id}) => (isBuiltInRole(role) ? roles[role] : (own.get(`${org_id} ${role}`) ?? []))
}

/** The permissions that a stored role names; one that this program does not know allows nothing. */
export const permissionList = (stored: string): Permission[] => (JSON.parse(stored) as string[]).filter(isPermission)

/** A stored list of scope patterns or CIDR blocks; null: bound to none. */
export const listOf = (stored: string | null): string[] | null =>
  stored === null ? null : (JSON.parse(stored) as string[])

const selectTokens = prepared((db: Db, ids: string) =>
  db.selectFrom('tokens').selectAll().where('id', 'in', valuesOf<number>(ids)),
)

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
