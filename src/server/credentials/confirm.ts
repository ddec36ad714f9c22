import {Buffer} from 'node:buffer'
import {timingSafeEqual} from 'node:crypto'
import {type Kysely, type Selectable, sql} from 'kysely'
import {type BuiltInRole, isBuiltInRole, isPermission, type Permission, roles} from '../../contract/permissions.ts'
import type {Actor} from '../gate/types.ts'
import {bytesOf, numbersOf} from '../store/json-list.ts'
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
  const open = await openSessions(db, actors, now)
  const allowed = await permissionsOf(db, tokens)
  return new Map(
    actors.map((actor) => {
      if (actor.kind === 'server') return [actor, actor]
      const token = valid.get(actor.tokenId)
      const alive =
        token !== undefined &&
        isSame(token.hash, actor.tokenHash) &&
        (actor.sessionId === null || open.has(sessionOf(actor.surface, actor.tokenId, actor.sessionId)))
      return [
        actor,
        alive
          ? {
              ...actor,
              role: token.role,
              scopes: listOf(token.scopes),
              cidrs: listOf(token.cidrs),
              permissions:
                actor.workload === null ? allowed(token) : allowed(token).filter((one) => ofWorkloads.includes(one)),
            }
          : null,
      ]
    }),
  )
}

/** What a workload's credential may do, whatever the role of the token that it came from allows. */
const ofWorkloads: readonly Permission[] = roles.workload

const sessionOf = (surface: Actor['surface'], tokenId: number, id: Uint8Array) => `${surface} ${tokenId} ${hex(id)}`

/** The sessions of these actors that have not ended: of browsers, of terminals and of workloads. */
async function openSessions(db: Db, actors: readonly Actor[], now: string): Promise<Set<string>> {
  const open = new Set<string>()
  for (const [select, surface] of [
    [selectBrowsers, 'dashboard'],
    [selectTerminals, 'cli'],
    [selectWorkloads, 'workload'],
  ] as const) {
    const ids = actors.flatMap(({sessionId, ...actor}) =>
      sessionId !== null && actor.surface === surface ? [hex(sessionId)] : [],
    )
    if (ids.length === 0) continue
    const rows = await select(db, JSON.stringify(ids), now)
    for (const {id, token_id} of rows) open.add(sessionOf(surface, token_id, id))
  }
  return open
}

const selectOpen = (surface: 'cli' | null) =>
  prepared((db: Db, ids: string, now: string) =>
    db
      .selectFrom('sessions')
      .select(['id', 'token_id'])
      .where('id', 'in', bytesOf(ids))
      .where('expires_at', '>', now)
      .where(sql<boolean>`coalesce(idle_until, expires_at) > ${now}`)
      .where('surface', surface === null ? 'is' : '=', surface),
  )
const selectBrowsers = selectOpen(null)
const selectTerminals = selectOpen('cli')

const selectWorkloads = prepared((db: Db, ids: string, now: string) =>
  db
    .selectFrom('workload_sessions')
    .select(['id', 'token_id'])
    .where('id', 'in', bytesOf(ids))
    .where('expires_at', '>', now),
)

/** Whether the token is still the one that came, compared in constant time. */
const isSame = (stored: Uint8Array, came: Uint8Array | null): boolean =>
  came === null || (stored.length === came.length && timingSafeEqual(stored, came))

/** What the role of each token allows: a built-in role's, or what the organization's own role of that name says; else nothing. */
async function permissionsOf(db: Db, tokens: readonly Token[]): Promise<(token: Token) => readonly Permission[]> {
  const custom = tokens.filter((token) => builtInRole(token) === null)
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
  return (token) => {
    const builtIn = builtInRole(token)
    return builtIn === null ? (own.get(`${token.org_id} ${token.role}`) ?? []) : roles[builtIn]
  }
}

/** An organization may have a role `workload` of its own from before there was a built-in one, which bound tokens alone have. */
export const builtInRole = ({role, environment_id}: Pick<Token, 'role' | 'environment_id'>): BuiltInRole | null =>
  isBuiltInRole(role) && (role !== 'workload' || environment_id !== null) ? role : null

/** The permissions that a stored role names; one that this program does not know allows nothing. */
export const permissionList = (stored: string): Permission[] => (JSON.parse(stored) as string[]).filter(isPermission)

/** A stored list of scope patterns or CIDR blocks; null: bound to none. */
export const listOf = (stored: string | null): string[] | null =>
  stored === null ? null : (JSON.parse(stored) as string[])

const selectTokens = prepared((db: Db, ids: string) =>
  db.selectFrom('tokens').selectAll().where('id', 'in', numbersOf(ids)),
)

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
