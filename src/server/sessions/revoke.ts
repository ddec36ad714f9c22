import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Target, type Write} from '../gate/types.ts'
import {bytesOf} from '../store/json-list.ts'
import {tokenToSignOut} from '../tokens/change.ts'
import {endableSessions, shown} from './list.ts'

type Route = Routes['sessionsRevoke']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Ends a session, or all of a token with the links that were not used yet. Refusals: malformed, not_found, forbidden (of a token
 * that is wider than who asks).
 */
export const revokeSessions: Act<'sessions.revoke', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What ends credentials has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await revoke(tx, ask))
  return outcomes
}

async function revoke(tx: Write<'sessions.revoke'>, {actor, input: {body}}: Ask<Input<Route>>): Promise<Outcome> {
  if ((body.session === undefined) === (body.token === undefined))
    return refusal('malformed', 'Either a session is named, or the token that signed in.')
  const open = await endableSessions(tx.db, actor, tx.now)
  const ended = open.filter(({id, token}) => id === body.session || token === body.token)
  const name = body.token ?? ended[0]?.token
  if (name === undefined) return refusal('not_found', 'There is no such session: it may have ended.')
  const token = await tokenToSignOut(tx, actor, name)
  if ('refused' in token) return token
  await tx.db
    .deleteFrom('sessions')
    .where('id', 'in', bytesOf(JSON.stringify(ended.map(({row}) => Buffer.from(row).toString('hex')))))
    .execute()
  const also = body.token === undefined ? 0 : (await endLinks(tx, token.id)) + (await endWorkloads(tx, token.id))
  const changed = ended.length + also > 0
  const told = [
    ...ended.map(({id}) => id),
    ...(also > 0 ? [`${also} ${also === 1 ? 'link or workload credential' : 'links and workload credentials'}`] : []),
  ]
  const target: Target = {kind: 'session', name}
  return {
    reply: {changed, items: ended.map(shown), also},
    targets: [target],
    changed,
    ...(changed ? {note: `ended ${told.join(', ')}`} : {}),
  }
}

/** Ends the links of a token that may yet be used, and says how many they were. */
async function endLinks({db, now}: Write<'sessions.revoke'>, tokenId: number): Promise<number> {
  const rows = await db
    .deleteFrom('signin_links')
    .where('token_id', '=', tokenId)
    .returning(['used_at', 'expires_at'])
    .execute()
  return rows.filter(({used_at, expires_at}) => used_at === null && expires_at > now).length
}

/** Ends the credentials of minutes that a token has for environments, and says how many they were. */
async function endWorkloads({db, now}: Write<'sessions.revoke'>, tokenId: number): Promise<number> {
  const rows = await db
    .deleteFrom('workload_sessions')
    .where('token_id', '=', tokenId)
    .returning('expires_at')
    .execute()
  return rows.filter(({expires_at}) => expires_at > now).length
}

/** Ends the session that asks: it signs out. */
export const endSession: Act<'sessions.end', null, null> = async (tx, asks) => {
  const ids = asks.map(({actor}) => Buffer.from(actor.sessionId!).toString('hex'))
  await tx.db
    .deleteFrom('sessions')
    .where('id', 'in', bytesOf(JSON.stringify(ids)))
    .execute()
  return asks.map(({actor}) => ({reply: null, targets: [{kind: 'session', name: actor.name}], changed: true}))
}
