import {createHash} from 'node:crypto'
import type {Kysely} from 'kysely'
import {type Act, type Change, type Refusal, refusal} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import {insertSession, type NewSession} from './create.ts'
import {LINK_LIVES} from './links.ts'

/** What a terminal knows: the link that its browser brought, or none where another device signs in; and what only it knows (RFC 7636). */
export interface Take {
  link: string | null
  verifier: string
}

/** What is said of a link that is used, over, or of another terminal. */
export const OVER = 'This sign-in is over, or another terminal began it.'

/** What stands for the challenge of a terminal whose browser is on another device: its code is the link. */
const DEVICE = 'device'

/** What stands for that of somebody who has signed in to allow such a terminal, and has not yet said which. */
export const GRANT = 'grant'

/** How long they may take to type its code, in milliseconds. */
export const GRANT_LIVES = 5 * 60_000

/** A code is worth something until the next of these times is over, in milliseconds: longer than a terminal waits. */
export const CODE_LIVES = 10 * 60_000

/** Uses a link up and gives the terminal that asked for it a session. Refusals: forbidden. */
export const takeSessions =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'sessions.take', Take, NewSession> =>
  async (tx, asks) => {
    const outcomes: (Change<NewSession> | Refusal)[] = []
    // What makes sessions has a turn to itself, so this list has one element.
    for (const {input} of asks) {
      const used = await tx.db
        .updateTable('signin_links')
        .set({used_at: tx.now})
        .where('id', 'in', linksOf(keyring, input, tx.now))
        .where('challenge', '=', challengeFor(input))
        .where('used_at', 'is', null)
        .where('expires_at', '>', tx.now)
        .returning('token_id')
        .executeTakeFirst()
      const person =
        used &&
        (await tx.db
          .selectFrom('tokens')
          .select(['id', 'name', 'expires_at'])
          .where('id', '=', used.token_id)
          .where('org_id', '=', tx.orgId)
          .where('subject', 'is not', null)
          .where('revoked_at', 'is', null)
          .executeTakeFirst())
      if (person === undefined) {
        outcomes.push(refusal('forbidden', OVER))
        continue
      }
      const token = {tokenId: person.id, expiresAt: person.expires_at}
      outcomes.push({
        reply: await insertSession(tx, keyring, token, 'cli'),
        targets: [{kind: 'session', name: person.name}],
        changed: true,
        note: 'on a terminal',
      })
    }
    return outcomes
  }

/** Lets the terminal that shows a code sign in as the person whose grant it is, which is used up, for as long as a link lives. */
export const offerSessions =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'sessions.offer', {grant: string; code: string}, null> =>
  async (tx, asks) => {
    const outcomes: (Change<null> | Refusal)[] = []
    // What makes sessions has a turn to itself, so this list has one element.
    for (const {input} of asks) {
      const used = await tx.db
        .updateTable('signin_links')
        .set({used_at: tx.now})
        .where('id', '=', keyring.credentialHash('link', input.grant))
        .where('challenge', '=', GRANT)
        .where('used_at', 'is', null)
        .where('expires_at', '>', tx.now)
        .returning('token_id')
        .executeTakeFirst()
      const person =
        used && (await tx.db.selectFrom('tokens').select('name').where('id', '=', used.token_id).executeTakeFirst())
      if (used === undefined || person === undefined) {
        outcomes.push(refusal('forbidden', NO_GRANT))
        continue
      }
      await tx.db.deleteFrom('signin_links').where('expires_at', '<', tx.now).execute()
      await tx.db
        .insertInto('signin_links')
        .values({
          id: keyring.credentialHash('link', `${DEVICE} ${input.code}`),
          token_id: used.token_id,
          created_at: tx.now,
          expires_at: new Date(Date.parse(tx.now) + LINK_LIVES).toISOString(),
          used_at: null,
          challenge: DEVICE,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      outcomes.push({
        reply: null,
        targets: [{kind: 'session', name: person.name}],
        changed: true,
        note: 'a code of a terminal was allowed',
      })
    }
    return outcomes
  }

/** What is said of a grant that is used, or over. */
export const NO_GRANT = 'This sign-in is over. Begin it anew.'

type Reader = Pick<Kysely<Schema>, 'selectFrom'>
type Hashes = Pick<Keyring, 'credentialHash'>

/** Whether a grant can be used. Nothing is used up, and nothing recorded: anybody may ask. */
export const isGranted = (db: Reader, keyring: Hashes, grant: string, now: string): Promise<boolean> =>
  isThere(db, [keyring.credentialHash('link', grant)], GRANT, now)

/** Whether somebody has signed in for a terminal. Nothing is used up, and nothing recorded: anybody may ask. */
export const isOffered = (db: Reader, keyring: Hashes, asked: Take, now: string): Promise<boolean> =>
  isThere(db, linksOf(keyring, asked, now), challengeFor(asked), now)

/** Whether one of these links can be used by who meets the challenge. */
async function isThere(db: Reader, ids: readonly Buffer[], challenge: string, now: string): Promise<boolean> {
  const row = await db
    .selectFrom('signin_links')
    .select('token_id')
    .where('id', 'in', ids)
    .where('challenge', '=', challenge)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row !== undefined
}

/** Letters that make no words and are not taken for each other (RFC 8628, 6.1). */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'

/**
 * The code that a terminal shows, of what it alone knows and of the time: eight letters. It follows from a key of the server, so
 * that nobody finds another terminal with the same by trying at home, and nothing is kept until somebody allows it. `ago`: how many
 * times of `CODE_LIVES` have ended since.
 */
export function deviceCode(keyring: Pick<Keyring, 'credentialHash'>, verifier: string, now: string, ago = 0): string {
  const hash = keyring.credentialHash('device', `${Math.floor(Date.parse(now) / CODE_LIVES) - ago} ${verifier}`)
  return Array.from({length: 8}, (_, at) => LETTERS[hash.readUInt16BE(at * 2) % LETTERS.length]).join('')
}

/** As what the link of a terminal may stand in the store: that which it brought, or those of the codes that it may show. */
function linksOf(keyring: Pick<Keyring, 'credentialHash'>, {link, verifier}: Take, now: string): Buffer[] {
  const codes = () => [0, 1].map((ago) => `${DEVICE} ${deviceCode(keyring, verifier, now, ago)}`)
  return (link === null ? codes() : [link]).map((text) => keyring.credentialHash('link', text))
}

const challengeFor = ({link, verifier}: Take): string =>
  link === null ? DEVICE : createHash('sha256').update(verifier).digest('base64url')
