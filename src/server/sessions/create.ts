import {randomBytes} from 'node:crypto'
import {newToken} from '../../formats/token.ts'
import {idleUntil} from '../credentials/last-use.ts'
import {type Act, refusal, type Write} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'

/** How long a session lives at most, in milliseconds; never longer than its token. */
export const SESSION_LIVES = 8 * 60 * 60 * 1000

export interface NewSession {
  /** What the cookie carries, or the terminal. */
  session: string
  expiresAt: string
}

/** Uses up the links and makes a session for each; of two that use the same link, the first wins. */
export const createSessions =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'sessions.create', null, NewSession> =>
  async (tx, asks) => {
    const outcomes = []
    // Whatever signs in has a turn to itself, so this list has one element.
    for (const {actor} of asks) {
      const used = await tx.db
        .updateTable('signin_links')
        .set({used_at: tx.now})
        .where('id', '=', actor.linkId!)
        .where('used_at', 'is', null)
        .where('challenge', 'is', null)
        .where('expires_at', '>', tx.now)
        .returning('token_id')
        .execute()
      if (used.length !== 1) {
        outcomes.push(
          refusal(
            'forbidden',
            'This link was used before, or its 60 seconds are over. Ask for a new one: postern dashboard open',
          ),
        )
        continue
      }
      outcomes.push({
        reply: await insertSession(tx, keyring, actor),
        targets: [{kind: 'session', name: actor.name}] as [{kind: string; name: string}],
        changed: true,
      })
    }
    return outcomes
  }

/** A new session of a token, of a browser or a terminal; those that are over go. It lives no longer than the token. */
export async function insertSession(
  tx: Pick<Write<'sessions.create' | 'sessions.sso' | 'sessions.take'>, 'db' | 'now'>,
  keyring: Pick<Keyring, 'credentialHash'>,
  token: {tokenId: number; expiresAt: string | null},
  surface: 'cli' | null = null,
): Promise<NewSession> {
  const session = surface === 'cli' ? newToken('person') : randomBytes(32).toString('base64url')
  const latest = new Date(Date.parse(tx.now) + SESSION_LIVES).toISOString()
  const expiresAt = token.expiresAt !== null && token.expiresAt < latest ? token.expiresAt : latest
  await tx.db.deleteFrom('sessions').where('expires_at', '<', tx.now).execute()
  await tx.db
    .insertInto('sessions')
    .values({
      id: keyring.credentialHash('session', session),
      token_id: token.tokenId,
      created_at: tx.now,
      expires_at: expiresAt,
      idle_until: idleUntil(tx.now),
      surface,
    })
    .execute()
  return {session, expiresAt}
}
