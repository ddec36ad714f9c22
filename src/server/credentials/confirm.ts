import type {Kysely} from 'kysely'
import type {Actor} from '../gate/types.ts'
import type {Schema} from '../store/schema.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>

/**
 * Which of these actors are still who they were: token neither revoked nor expired, session and link not ended.
 * Gives the actor with today's role, or null. One statement a table, whatever their number.
 */
export async function confirmActors(db: Db, actors: readonly Actor[], now: string): Promise<Map<Actor, Actor | null>> {
  const tokenIds = [...new Set(actors.filter((actor) => actor.kind !== 'server').map((actor) => actor.tokenId))]
  const tokens =
    tokenIds.length === 0 ? [] : await db.selectFrom('tokens').selectAll().where('id', 'in', tokenIds).execute()
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
  return new Map(
    actors.map((actor) => {
      if (actor.kind === 'server') return [actor, actor]
      const token = valid.get(actor.tokenId)
      const alive =
        token !== undefined && (actor.sessionId === null || open.has(`${actor.tokenId}:${hex(actor.sessionId)}`))
      return [actor, alive ? {...actor, role: token.role} : null]
    }),
  )
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
