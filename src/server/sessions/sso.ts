import {createHash, randomBytes} from 'node:crypto'
import {isOrg, MAX_ORG} from '../../contract/name-rules.ts'
import {isServerName} from '../credentials/server-actor.ts'
import {type Act, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {insertSession, type NewSession, SESSION_LIVES} from './create.ts'
import {LINK_LIVES} from './links.ts'
import {GRANT, GRANT_LIVES} from './take.ts'

/** Somebody whom the provider of single sign-on has named, and what their groups make of them here. */
export interface Person {
  /** The issuer, and the subject there: the same for as long as there is somebody. */
  subject: string
  /** What the provider calls them, in the order of what is liked best. */
  called: readonly string[]
  /** Null: none of their groups has a role here. */
  role: string | null
  /** What is said then. */
  whyNoRole: string
}

/** For whom somebody signs in. */
export interface SignIn extends Person {
  /** What a terminal will have to know (RFC 7636, `S256`), or `GRANT`; null: it is this browser. */
  challenge: string | null
}

/** A browser's session, or the link that a terminal takes, and as whom. */
export type SignedIn = {name: string; role: string} & (Pick<NewSession, 'session'> | {link: string})

type Outcome = Change<SignedIn> | Refusal
type Db = Write<'sessions.sso'>['db']

/**
 * Signs a person in. The first time they get a name of their own, by which the audit log and `token list` know them from then
 * on; each time they get the role of their groups, for as long as a session lives. Refusals: forbidden (no role, revoked).
 */
export const signInPeople =
  (keyring: Pick<Keyring, 'credentialHash'>): Act<'sessions.sso', SignIn, SignedIn> =>
  async (tx, asks) => {
    const outcomes: Outcome[] = []
    // What makes sessions has a turn to itself, so this list has one element.
    for (const {input} of asks) outcomes.push(await signIn(keyring, tx, input))
    return outcomes
  }

async function signIn(
  keyring: Pick<Keyring, 'credentialHash'>,
  tx: Write<'sessions.sso'>,
  person: SignIn,
): Promise<Outcome> {
  const {subject, role, challenge} = person
  const known = await tx.db
    .selectFrom('tokens')
    .select(['id', 'name', 'revoked_at'])
    .where('org_id', '=', tx.orgId)
    .where('subject', '=', subject)
    .executeTakeFirst()
  if (known !== undefined && known.revoked_at !== null)
    return {...refusal('forbidden', 'This person was revoked here.'), note: `${known.name}, who was revoked`}
  if (role === null) return {...refusal('forbidden', person.whyNoRole), note: calledThere(person)}
  const expiresAt = new Date(Date.parse(tx.now) + SESSION_LIVES).toISOString()
  const name = known?.name ?? (await freeName(tx.db, tx.orgId, person))
  const id = known?.id ?? (await insertPerson(tx, {subject, name, role, expiresAt}))
  if (known !== undefined)
    await tx.db.updateTable('tokens').set({role, expires_at: expiresAt}).where('id', '=', id).execute()
  return {
    reply: {
      name,
      role,
      ...(challenge === null
        ? await insertSession(tx, keyring, {tokenId: id, expiresAt})
        : {link: await insertLink(tx, keyring, id, challenge)}),
    },
    targets: [{kind: 'session', name}],
    changed: true,
    note: `${role}, by single sign-on${challenge === null ? '' : ' for a terminal'}`,
  }
}

/** Who was refused, as the provider calls them: here they may be nobody, or somebody else may be called so. */
const calledThere = ({called, whyNoRole}: Person): string =>
  `called ${called.map(fitting).find((name) => name !== null) ?? 'nothing that fits'} at the provider: ${whyNoRole}`

async function insertLink(
  tx: Write<'sessions.sso'>,
  keyring: Pick<Keyring, 'credentialHash'>,
  tokenId: number,
  challenge: string,
): Promise<string> {
  const link = randomBytes(32).toString('base64url')
  await tx.db.deleteFrom('signin_links').where('expires_at', '<', tx.now).execute()
  await tx.db
    .insertInto('signin_links')
    .values({
      id: keyring.credentialHash('link', link),
      token_id: tokenId,
      created_at: tx.now,
      expires_at: new Date(Date.parse(tx.now) + (challenge === GRANT ? GRANT_LIVES : LINK_LIVES)).toISOString(),
      used_at: null,
      challenge,
    })
    .execute()
  return link
}

interface NewPerson {
  subject: string
  name: string
  role: string
  expiresAt: string
}

async function insertPerson(tx: Write<'sessions.sso'>, {subject, name, role, expiresAt}: NewPerson): Promise<number> {
  const row = await tx.db
    .insertInto('tokens')
    .values({
      org_id: tx.orgId,
      name,
      // Of nothing that anybody has: a person has no token.
      hash: randomBytes(32),
      role,
      created_at: tx.now,
      created_by: 'server',
      expires_at: expiresAt,
      subject,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

/** A name that nobody has or had: what the provider says, made to fit, or that with what tells this person from others. */
async function freeName(db: Db, orgId: number, {subject, called}: Person): Promise<string> {
  const told = createHash('sha256').update(subject).digest('hex')
  const base = called.map(fitting).find((name) => name !== null) ?? 'person'
  // People choose what they are called: somebody may have taken a name that was to be another's.
  const wanted = [
    ...(base === 'person' ? [] : [base]),
    ...[12, 24, 40].map((length) => withMark(base, told.slice(0, length))),
  ]
  const taken = await db
    .selectFrom('tokens')
    .select('name')
    .where('org_id', '=', orgId)
    .where('name', 'in', wanted)
    .execute()
  const free = wanted.find((name) => !isServerName(name) && !taken.some((one) => one.name === name))
  if (free === undefined) throw new Error('every name that a person could have is taken')
  return free
}

const withMark = (base: string, mark: string): string => `${base.slice(0, MAX_ORG - mark.length - 1)}-${mark}`

/** What somebody is called, as a name of a token; null: nothing is left of it. */
export function fitting(called: string): string | null {
  const name = called
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._@-]/g, '')
    .replaceAll('@', '.')
    .replace(/^[.-]+/, '')
    .slice(0, MAX_ORG)
  return isOrg(name) ? name : null
}
