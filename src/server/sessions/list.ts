import {type Kysely, type RawBuilder, sql} from 'kysely'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {ShownSession} from '../../contract/routes/sessions.ts'
import type {Actor, Read} from '../gate/types.ts'
import type {Schema} from '../store/schema.ts'
import {sees} from '../tokens/load.ts'
import {byName, readCursor, writeCursor} from '../values/cursor.ts'

type Route = Routes['sessionsList']
type Db = Pick<Kysely<Schema>, 'selectFrom'>

/** A session that has not ended, with the id of its row, and of the token that it acts as. */
export interface Open extends ShownSession {
  row: Uint8Array
  tokenId: number
}

/** The sessions that have not ended of the tokens that an actor may know of, by their ids. */
export const openSessions = (db: Db, actor: Actor, now: string): Promise<Open[]> =>
  sessionsWhere(db, actor, now, sql<boolean>`coalesce(idle_until, sessions.expires_at) > ${now}`)

/** Those too that were not used for long: the last use of one may be known to a server that has yet to write it. */
export const endableSessions = (db: Db, actor: Actor, now: string): Promise<Open[]> =>
  sessionsWhere(db, actor, now, sql<boolean>`1 = 1`)

async function sessionsWhere(db: Db, actor: Actor, now: string, used: RawBuilder<boolean>): Promise<Open[]> {
  const rows = await db
    .selectFrom('sessions')
    .innerJoin('tokens', 'tokens.id', 'sessions.token_id')
    .select(['sessions.id', 'sessions.created_at', 'sessions.expires_at', 'token_id', 'name', 'scopes', 'surface'])
    .where('org_id', '=', actor.orgId)
    .where('revoked_at', 'is', null)
    .where('sessions.expires_at', '>', now)
    .where(used)
    .orderBy('sessions.id')
    .execute()
  return rows
    .filter((row) => sees(actor, row))
    .map(({id, name, token_id, created_at, expires_at, surface}) => ({
      row: id,
      tokenId: token_id,
      id: Buffer.from(id).toString('hex', 0, 8),
      token: name,
      createdAt: created_at,
      expiresAt: expires_at,
      surface: surface ?? ('dashboard' as const),
    }))
}

/** What may be shown of it. */
export const shown = ({row: _, tokenId: __, ...session}: Open): ShownSession => session

/** A page of sessions. */
export async function listSessions({db, actor, now}: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const limit = query.limit ?? 100
  const after = query.cursor === undefined ? '' : readCursor(query.cursor, byName)[0]!
  const open = (await openSessions(db, actor, now)).filter(({id}) => id > after)
  const items = open.slice(0, limit).map(shown)
  const last = items.at(-1)
  return {items, nextCursor: open.length > limit && last !== undefined ? writeCursor([last.id]) : null}
}
