import {X509Certificate} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {call} from '../../client/call.ts'
import {PosternError} from '../../client/error.ts'
import type {Reply} from '../../contract/route.ts'
import {routes} from '../../contract/routes/index.ts'
import type {Env} from './folder.ts'
import {openProfiles, type Profile} from './profiles.ts'
import {connect} from './resolve-connection.ts'
import {type Authority, authorityOf, describe} from './server-authority.ts'
import {keepToken} from './token-store.ts'

/** How the server is known to be the right one. */
export type Trust = {by: 'ca-file'; path: string} | {by: 'fingerprint'; hex: string} | {by: 'system'} | {by: 'asking'}

/**
 * The CA to pin for `origin`; null: the system's certificates vouch for it. `ask` shows a fingerprint and returns when the
 * user says that it is right. No token is involved yet.
 */
export async function trustedCa(
  origin: string,
  trust: Trust,
  ask: (authority: Authority) => Promise<void>,
): Promise<string | null> {
  if (new URL(origin).protocol === 'http:') return null
  if (trust.by === 'ca-file') return caFrom(trust.path)
  const authority = await authorityOf(origin)
  if (trust.by === 'fingerprint') {
    if (authority.fingerprint === trust.hex) return authority.ca
    throw new PosternError(
      'untrusted',
      `${origin} shows another CA than the one whose fingerprint was given. No token was sent.`,
      {
        next: 'Compare with the fingerprint that the server printed when it started.',
      },
    )
  }
  if (authority.systemTrusts) return null
  if (trust.by === 'system') {
    throw new PosternError(
      'untrusted',
      `${origin} is not vouched for by this system's certificates. No token was sent.`,
      {next: 'postern login URL --ca-fingerprint HEX'},
    )
  }
  await ask(authority)
  return authority.ca
}

/** Tries the token, and only then keeps it and the profile, and uses that from now on. */
export async function signIn(
  env: Env,
  name: string,
  {origin, ca, token, org}: {origin: string; ca: string | null; token: string; org: string | undefined},
): Promise<{profile: Profile; who: Reply<(typeof routes)['whoami']>}> {
  const who = await call(routes.whoami, {params: {}}, connect({origin, token, ca, env}))
  const profiles = await openProfiles(env)
  const before = profiles.get(name)
  const tokenIn = await keepToken(env, name, token)
  const sameServer = before !== null && before.url === origin && before.auditKey === who.auditKey
  const profile: Profile = {
    url: origin,
    ca,
    org: org ?? who.org,
    tokenIn,
    auditKey: who.auditKey,
    heads: sameServer ? before.heads : {},
  }
  profiles.save(name, profile)
  profiles.use(name)
  return {profile, who}
}

function caFrom(path: string): string {
  try {
    return describe(new X509Certificate(readFileSync(path)).raw).ca
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code?.startsWith('E') && !code.startsWith('ERR_') ? code : 'it holds no PEM certificate'
    throw new PosternError('usage', `The file that --ca-file names cannot be used (${why}).`, {
      next: 'Give the server’s CA certificate: DATA/tls/ca.crt',
    })
  }
}
