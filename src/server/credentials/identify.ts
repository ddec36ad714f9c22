import {timingSafeEqual} from 'node:crypto'
import {type Kysely, sql} from 'kysely'
import type {Claims} from '../../contract/binding-pattern.ts'
import {type TokenKind, tokenKind} from '../../formats/token.ts'
import type {Actor, Workload} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {bytesOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import {together} from '../store/together.ts'
import {listOf} from './confirm.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>
type Hash = Pick<Keyring, 'credentialHash'>

/** The name of the session's cookie: the prefix makes browsers insist on https, this very host and path `/`. */
export const SESSION_COOKIE = '__Host-postern-session'

/** Who an `Authorization: Bearer` token is: always the CLI surface. Null: nobody. */
export async function tokenActor(
  find: FindToken,
  keys: Hash,
  authorization: string | undefined,
  now: string,
): Promise<Actor | null> {
  const token = bearer(authorization, 'admin')
  if (token === null) return null
  const tokenHash = keys.credentialHash('token', token)
  const row = await find({hash: tokenHash.toString('hex'), now})
  if (row === undefined || row.environment_id !== null) return null
  return actorOf(row, {kind: 'token', surface: 'cli', tokenHash})
}

/** Who the credential of a person's terminal is: the CLI surface too, for as long as its session. Null: nobody. */
export async function terminalActor(
  db: Db,
  keys: Hash,
  authorization: string | undefined,
  now: string,
): Promise<Actor | null> {
  const credential = bearer(authorization, 'person')
  if (credential === null) return null
  const id = keys.credentialHash('session', credential)
  const [row] = await selectSession(db, now, id)
  if (row === undefined || row.surface !== 'cli') return null
  return {...actorOf(row, {kind: 'session', surface: 'cli'}), expiresAt: row.until, sessionId: id}
}

/**
 * Who an `Authorization: Bearer` credential of a workload is: always the workload surface, and bound to an environment. It is
 * a token that was made so, or the credential of minutes that a token got for itself. Null: nobody.
 */
export async function workloadActor(
  db: Db,
  find: FindToken,
  keys: Hash,
  authorization: string | undefined,
  now: string,
): Promise<Actor | null> {
  const token = bearer(authorization, 'workload')
  if (token === null) return null
  const tokenHash = keys.credentialHash('token', token)
  const row = await find({hash: tokenHash.toString('hex'), now})
  if (row !== undefined)
    return row.environment === null
      ? null
      : {...actorOf(row, {kind: 'token', surface: 'workload', tokenHash}), workload: workloadOf(row)}
  const id = keys.credentialHash('session', token)
  const [entered] = await selectWorkloadSession(db, now, id)
  if (entered === undefined) return null
  return {
    ...actorOf(entered, {kind: 'session', surface: 'workload'}),
    expiresAt: entered.until,
    sessionId: id,
    workload: workloadOf(entered),
  }
}

/** The credential of a header, if it is one of this kind. */
function bearer(authorization: string | undefined, kind: TokenKind): string | null {
  const token = /^Bearer ([\w-]{1,200})$/i.exec(authorization ?? '')?.[1]
  return token !== undefined && tokenKind(token) === kind ? token : null
}

/** What is known of a workload. A person's or a script's token says nothing of a host, and has no labels. */
function workloadOf({name, claims, environment_id, environment}: Row & Bound): Workload {
  const {host = null, labels = {}} = claims === null ? {} : (JSON.parse(claims) as Partial<Claims>)
  return {agentId: name, host, labels, environmentId: environment_id!, environment: environment!}
}

/** The row of a valid token, by its hash in hex. */
export type FindToken = (asked: {hash: string; now: string}) => Promise<(Row & Bound) | undefined>

/** Looks up the tokens of requests that come together in one statement. */
export const findTokens = (db: Db): FindToken =>
  together(async (asked) => {
    // All came within a few milliseconds: the latest of them decides for each.
    const now = asked[asked.length - 1]!.now
    const rows = await selectTokens(db, now, JSON.stringify([...new Set(asked.map(({hash}) => hash))]))
    const found = new Map(rows.map(({hash, ...row}) => [Buffer.from(hash).toString('hex'), row]))
    return asked.map(({hash}) => found.get(hash))
  })

/** Who a session's cookie is: always the dashboard surface, with the role of the token that opened it. */
export async function sessionActor(
  db: Db,
  keys: Hash,
  cookies: string | undefined,
  now: string,
): Promise<Actor | null> {
  const session = sessionIn(cookies)
  if (session === null) return null
  const id = keys.credentialHash('session', session)
  const [row] = await selectSession(db, now, id)
  if (row === undefined || row.surface !== null) return null
  return {...actorOf(row, {kind: 'session', surface: 'dashboard'}), expiresAt: row.until, sessionId: id}
}

/** Who a one-time link signs in. It is not used up by asking. */
export async function linkActor(db: Db, keys: Hash, link: string, now: string): Promise<Actor | null> {
  const id = keys.credentialHash('link', link)
  const row = await validTokens(db, now)
    .innerJoin('signin_links', 'signin_links.token_id', 'tokens.id')
    .where('signin_links.id', '=', id)
    .where('signin_links.used_at', 'is', null)
    .where('signin_links.challenge', 'is', null)
    .where('signin_links.expires_at', '>', now)
    .executeTakeFirst()
  return row === undefined ? null : {...actorOf(row, {kind: 'link', surface: 'dashboard'}), linkId: id}
}

/** Whether a link was given out, be it used or over. Those that are over go with the next sign-in. */
export async function wasLink(db: Db, keys: Hash, link: string): Promise<boolean> {
  const id = keys.credentialHash('link', link)
  return (await db.selectFrom('signin_links').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

/** What an unsafe request of this session must carry, besides the cookie. */
export const csrfToken = (keys: Hash, sessionId: Uint8Array): string =>
  keys.credentialHash('csrf', Buffer.from(sessionId).toString('hex')).toString('base64url')

/** Whether an unsafe request of this session carries it, compared in constant time. */
export function isCsrfToken(keys: Hash, {sessionId}: Actor, given: unknown): boolean {
  const expected = Buffer.from(csrfToken(keys, sessionId!))
  const came = Buffer.from(typeof given === 'string' ? given : '')
  return came.length === expected.length && timingSafeEqual(came, expected)
}

function validTokens(db: Db, now: string) {
  return db
    .selectFrom('tokens')
    .innerJoin('organizations', 'organizations.id', 'tokens.org_id')
    .select([
      'tokens.id',
      'tokens.name',
      'tokens.role',
      'tokens.org_id',
      'tokens.expires_at',
      'tokens.scopes',
      'tokens.cidrs',
      'organizations.name as org',
    ])
    .where('tokens.revoked_at', 'is', null)
    .where('organizations.deleted_at', 'is', null)
    .where((eb) => eb.or([eb('tokens.expires_at', 'is', null), eb('tokens.expires_at', '>', now)]))
}

const selectTokens = prepared((db: Db, now: string, hashes: string) =>
  validTokens(db, now)
    .leftJoin('environments', 'environments.id', 'tokens.environment_id')
    .select(['tokens.hash', 'environment_id', 'environments.name as environment', 'claims'])
    .where('tokens.hash', 'in', bytesOf(hashes)),
)

const selectSession = prepared((db: Db, now: string, id: Buffer) =>
  validTokens(db, now)
    .innerJoin('sessions', 'sessions.token_id', 'tokens.id')
    .where('sessions.id', '=', id)
    .where('sessions.expires_at', '>', now)
    .where(sql<boolean>`coalesce(idle_until, sessions.expires_at) > ${now}`)
    .select(['sessions.expires_at as until', 'sessions.surface']),
)

const selectWorkloadSession = prepared((db: Db, now: string, id: Buffer) =>
  validTokens(db, now)
    .innerJoin('workload_sessions', 'workload_sessions.token_id', 'tokens.id')
    .innerJoin('environments', 'environments.id', 'workload_sessions.environment_id')
    .where('workload_sessions.id', '=', id)
    .where('workload_sessions.expires_at', '>', now)
    .select(['workload_sessions.expires_at as until', 'environments.id as environment_id'])
    .select(['environments.name as environment', 'claims']),
)

/** A token that is bound to an environment, by what it is bound with or by what it has entered. */
interface Bound {
  environment_id: number | null
  environment: string | null
  claims: string | null
}

interface Row {
  id: number
  name: string
  role: string
  org_id: number
  org: string
  expires_at: string | null
  scopes: string | null
  cidrs: string | null
}

const actorOf = (row: Row, as: Pick<Actor, 'kind' | 'surface'> & Partial<Pick<Actor, 'tokenHash'>>): Actor => ({
  id: `token:${row.id}`,
  name: row.name,
  orgId: row.org_id,
  org: row.org,
  role: row.role,
  permissions: [],
  scopes: listOf(row.scopes),
  cidrs: listOf(row.cidrs),
  expiresAt: row.expires_at,
  tokenId: row.id,
  tokenHash: null,
  sessionId: null,
  linkId: null,
  workload: null,
  // Last: Node takes ten microseconds for an object that begins with a spread and goes on with a dozen fields.
  ...as,
})

/** The session's text in a Cookie header; null: there is none, or more than one. */
export function sessionIn(cookies: string | undefined): string | null {
  const found = (cookies ?? '').split(/; */).filter((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`))
  // Two cookies of this name: somebody planted one, and which is whose cannot be told.
  if (found.length !== 1) return null
  const value = found[0]!.slice(SESSION_COOKIE.length + 1)
  return /^[\w-]{43}$/.test(value) ? value : null
}
