import {call} from '../../client/call.ts'
import {PosternError} from '../../client/error.ts'
import type {KnownCertificate} from '../../client/known-certificate.ts'
import type {Reply} from '../../contract/route.ts'
import {whoami} from '../../contract/routes/session.ts'
import {tokenKind} from '../../formats/token.ts'
import type {Env} from './folder.ts'
import {openProfiles, type Profile} from './profiles.ts'
import {connect} from './resolve-connection.ts'
import {forgetToken, keepToken} from './token-store.ts'

export interface SignedIn {
  profile: Profile
  who: Reply<typeof whoami>
  /** The same server signs its audit log with another key than when this profile last signed in. */
  auditKeyChanged: boolean
}

/** Tries the token, and only then keeps it and the profile, and uses that from now on. @throws PosternError `not_found` for another organization than its own. */
export async function signIn(
  env: Env,
  name: string,
  {origin, ca, token, org}: {origin: string; ca: string | null; token: string; org: string | undefined},
): Promise<SignedIn> {
  const profiles = openProfiles(env)
  let certificate: KnownCertificate | undefined
  const learn = (learnt: KnownCertificate) => {
    certificate = learnt
  }
  const who = await call(whoami, {params: {}}, connect({origin, token, ca, env, learn}))
  if (org !== undefined && org !== who.org)
    throw new PosternError(
      'not_found',
      `This token is of the organization ${who.org}, and acts in no other; nothing was kept.`,
      {
        next: `Leave --org out, or take a token of the organization ${org}.`,
      },
    )
  const before = profiles.get(name)
  const sameServer = before !== null && before.url === origin
  const auditKeyChanged = sameServer && before.auditKey !== who.auditKey
  const tokenIn = await keepToken(env, name, origin, token)
  const profile: Profile = {
    url: origin,
    ca,
    org: who.org,
    tokenIn,
    person: tokenKind(token) === 'person' ? who.actor.name : undefined,
    auditKey: who.auditKey,
    heads: sameServer && !auditKeyChanged ? before.heads : {},
    certificate,
  }
  await profiles.save(name, profile, {use: true})
  if (before !== null && (!sameServer || before.tokenIn !== tokenIn)) await forgetToken(env, name, before)
  return {profile, who, auditKeyChanged}
}
