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
  if (body.token !== undefined)
    for (const table of ['signin_links', 'workload_sessions'] as const)
      await tx.db.deleteFrom(table).where('token_id', '=', token.id).execute()
  const target: Target = {kind: 'session', name}
  return {
    reply: {changed: ended.length > 0, items: ended.map(shown)},
    targets: [target],
    changed: ended.length > 0,
    ...(ended.length === 0 ? {} : {note: `ended ${ended.map(({id}) => id).join(', ')}`}),
  }
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
