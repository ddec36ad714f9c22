import {readFileSync} from 'node:fs'
import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'
import type {KnownCertificate} from '../../client/known-certificate.ts'
import {fetchOver, type TransportOptions} from '../../client/transport.ts'
import type {Env} from './folder.ts'
import {originOf} from './origin.ts'
import type {Profile} from './profiles.ts'

/** For one try of a call, in milliseconds. */
export const TIMEOUT = 30_000

export interface Resolved {
  connection: Connection
  profile: string | null
  org: string | null
}

interface Asked {
  env: Env
  profileFlag?: string | undefined
}

/**
 * Where to go, as whom: flag, then environment, then profile. A stored token goes to its profile's server alone, over that
 * profile's CA: POSTERN_URL or POSTERN_CA_FILE of another server needs a token of its own.
 * @throws PosternError `not_signed_in`, `usage`, `not_found` (no such profile).
 */
export async function resolveConnection({env, profileFlag}: Asked): Promise<Resolved> {
  const url = env.POSTERN_URL ? originOf(env.POSTERN_URL, 'POSTERN_URL', false) : null
  const given = tokenFrom(env)
  const caFile = env.POSTERN_CA_FILE
  const ca = caFile ? (await import('./ca-file.ts')).readCa(caFile, 'POSTERN_CA_FILE') : null

  if (url !== null && given !== null && profileFlag === undefined) {
    // The environment is enough. A profile of the same server may still know its CA.
    const known = await chosen({env}).catch(() => null)
    const same = known?.profile.url === url ? known : null
    const trust = ca !== null || same === null ? {ca} : trustOf(env, same)
    const connection = connect({origin: url, token: given, ...trust, env})
    return {connection, profile: same?.name ?? null, org: same?.profile.org ?? null}
  }
  const {name, profile} = await chosen({env, profileFlag})
  const trust = trustOf(env, {name, profile})
  if (url !== null && url !== profile.url) throw elsewhere('POSTERN_URL names another server', name)
  if (given !== null) {
    const connection = connect({origin: profile.url, token: given, ...(ca === null ? trust : {ca}), env})
    return {connection, profile: name, org: profile.org}
  }
  if (ca !== null && !(profile.ca !== null && ca.includes(profile.ca)))
    throw elsewhere('POSTERN_CA_FILE names another authority', name)
  const token = await (await import('./token-store.ts')).readToken(env, name, profile)
  return {connection: connect({origin: profile.url, token, ...trust, env}), profile: name, org: profile.org}
}

/** A connection to `origin` that trusts `ca` alone, or Node's certificates when it is null. */
export function connect({
  origin,
  token,
  ...transport
}: {origin: string; token: string | null} & TransportOptions): Connection {
  return {origin, token, ca: transport.ca ?? null, fetch: fetchOver(transport), timeout: TIMEOUT}
}

/** A profile's CA, and the certificate that it vouched for last; a new one is kept, where settings can be written. */
function trustOf(env: Env, {name, profile: {ca, url, certificate}}: {name: string; profile: Profile}) {
  const learn = async (learnt: KnownCertificate) => {
    const {openProfiles} = await import('./profiles.ts')
    const keep = (kept: Profile) => (kept.ca === ca && kept.url === url ? {...kept, certificate: learnt} : kept)
    await openProfiles(env).change(name, keep)
  }
  return {ca, known: certificate ?? null, learn: (learnt: KnownCertificate) => void learn(learnt).catch(() => {})}
}

async function chosen({env, profileFlag}: Asked): Promise<{name: string; profile: Profile}> {
  const {openProfiles} = await import('./profiles.ts')
  const profiles = openProfiles(env)
  const name = profileFlag ?? (env.POSTERN_PROFILE || profiles.current())
  if (name === null) {
    throw profiles.names().length === 0
      ? new PosternError('not_signed_in', 'No server is known here.', {next: 'postern login URL'})
      : new PosternError('not_signed_in', 'No profile is in use.', {next: `postern profile use ${profiles.names()[0]}`})
  }
  const profile = profiles.get(name)
  if (profile !== null) return {name, profile}
  throw new PosternError('not_found', 'There is no profile of that name.', {next: 'postern profile list'})
}

function tokenFrom(env: Env): string | null {
  if (env.POSTERN_TOKEN) return tokenIn(env.POSTERN_TOKEN, 'POSTERN_TOKEN')
  const path = env.POSTERN_TOKEN_FILE
  if (!path) return null
  try {
    return tokenIn(readFileSync(path, 'utf8'), 'The file that POSTERN_TOKEN_FILE names')
  } catch (error) {
    if (error instanceof PosternError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'failed'
    throw new PosternError('usage', `The file that POSTERN_TOKEN_FILE names cannot be read (${code}).`, {
      next: 'Check its path and permissions.',
    })
  }
}

/** Checked here, because what cannot stand in a header is repeated by the error that says so. */
function tokenIn(text: string, name: string): string {
  const token = text.trim()
  if (/^[\x21-\x7e]{1,1024}$/.test(token)) return token
  throw new PosternError('usage', `${name} does not hold a token.`, {next: 'Give it the token alone, on one line.'})
}

function elsewhere(what: string, name: string): PosternError {
  return new PosternError('not_signed_in', `${what} than that of profile ${name}, whose token stays with its own.`, {
    next: 'Set POSTERN_TOKEN or POSTERN_TOKEN_FILE for it, or unset that variable.',
  })
}
