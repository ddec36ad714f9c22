import type {Kysely} from 'kysely'
import {isToken} from '../../formats/token.ts'
import type {Actor} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import {listOf} from './confirm.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>
type Hash = Pick<Keyring, 'credentialHash'>

/** The name of the session's cookie: the prefix makes browsers insist on https, this very host and path `/`. */
export const SESSION_COOKIE = '__Host-postern-session'

/** Who an `Authorization: Bearer` token is: always the CLI surface. Null: nobody. */
export async function tokenActor(
  db: Db,
  keys: Hash,
  authorization: string | undefined,
  now: string,
): Promise<Actor | null> {
  const token = /^Bearer ([\w-]{1,200})$/i.exec(authorization ?? '')?.[1]
  if (token === undefined || !isToken(token)) return null
  const tokenHash = keys.credentialHash('token', token)
  const [row] = await selectToken(db, now, tokenHash)
  return row === undefined ? null : actorOf(row, {kind: 'token', surface: 'cli', tokenHash})
}

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
  if (row === undefined) return null
  return {...actorOf(row, {kind: 'session', surface: 'dashboard'}), expiresAt: row.until, sessionId: id}
}

/** Who a one-time link signs in. It is not used up by asking. */
export async function linkActor(db: Db, keys: Hash, link: string, now: string): Promise<Actor | null> {
  const id = keys.credentialHash('link', link)
  const row = await validTokens(db, now)
    .innerJoin('signin_links', 'signin_links.token_id', 'tokens.id')
    .where('signin_links.id', '=', id)
    .where('signin_links.used_at', 'is', null)
    .where('signin_links.expires_at', '>', now)
    .executeTakeFirst()
  return row === undefined ? null : {...actorOf(row, {kind: 'link', surface: 'dashboard'}), linkId: id}
}

/** What an unsafe request of this session must carry, besides the cookie. */
export const csrfToken = (keys: Hash, sessionId: Uint8Array): string =>
  keys.credentialHash('csrf', Buffer.from(sessionId).toString('hex')).toString('base64url')

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

const selectToken = prepared((db: Db, now: string, hash: Buffer) =>
  validTokens(db, now).where('tokens.hash', '=', hash),
)

const selectSession = prepared((db: Db, now: string, id: Buffer) =>
  validTokens(db, now)
    .innerJoin('sessions', 'sessions.token_id', 'tokens.id')
    .where('sessions.id', '=', id)
    .where('sessions.expires_at', '>', now)
    .select('sessions.expires_at as until'),
)

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
  // Last: Node takes ten microseconds for an object that begins with a spread and goes on with a dozen fields.
  ...as,
})

function sessionIn(cookies: string | undefined): string | null {
  const found = (cookies ?? '').split(/; */).filter((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`))
  // Two cookies of this name: somebody planted one, and which is whose cannot be told.
  if (found.length !== 1) return null
  const value = found[0]!.slice(SESSION_COOKIE.length + 1)
  return /^[\w-]{43}$/.test(value) ? value : null
}
