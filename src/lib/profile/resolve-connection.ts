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
  /** Whose credential the profile has; null: no person's, or none that is known. */
  person: string | null
  /** Where the token came from. */
  tokenFrom: 'environment' | 'profile'
}

interface Asked {
  env: Env
  profileFlag?: string | undefined
}

/** Where settings lead, before any token is read. */
export interface Target {
  origin: string
  trust: Omit<TransportOptions, 'env'>
  profile: string | null
  org: string | null
  person: string | null
  /** Where it was found, in words. */
  from: {url: string; ca: string; token: string}
  /** The token. @throws PosternError `usage`, `not_signed_in`. */
  token: () => Promise<string>
}

/** Where to go, as whom. @throws PosternError `not_signed_in`, `usage`, `not_found` (no such profile). */
export async function resolveConnection(asked: Asked): Promise<Resolved> {
  const {origin, trust, profile, org, person, token, from} = await resolveTarget(asked)
  const tokenFrom = from.token.startsWith('POSTERN_') ? 'environment' : 'profile'
  return {
    connection: connect({origin, token: await token(), ...trust, env: asked.env}),
    profile,
    org,
    person,
    tokenFrom,
  }
}

/**
 * Flag, then environment, then profile. A stored token goes to its profile's server alone, over that profile's CA:
 * POSTERN_URL or POSTERN_CA_FILE of another server needs a token of its own.
 * @throws PosternError, as above.
 */
export async function resolveTarget({env, profileFlag}: Asked): Promise<Target> {
  const url = env.POSTERN_URL ? originOf(env.POSTERN_URL, 'POSTERN_URL', false) : null
  const given = env.POSTERN_TOKEN ? 'POSTERN_TOKEN' : env.POSTERN_TOKEN_FILE ? 'POSTERN_TOKEN_FILE' : null
  const caFile = env.POSTERN_CA_FILE
  const ca = caFile ? (await import('./ca-file.ts')).readCa(caFile, 'POSTERN_CA_FILE') : null
  const token = async () => tokenFrom(env)
  const caFrom = (profile: string | null) =>
    ca !== null ? 'POSTERN_CA_FILE' : profile === null ? 'the certificates of Node' : `profile ${profile}`

  if (url !== null && given !== null && profileFlag === undefined) {
    // The environment is enough. A profile of the same server may still know its CA.
    const known = await chosen({env}).catch(() => null)
    const same = known?.profile.url === url ? known : null
    const trust = ca !== null || same === null ? {ca} : trustOf(env, same)
    const from = {url: 'POSTERN_URL', ca: caFrom(same?.profile.ca ? same.name : null), token: given}
    return {origin: url, trust, profile: same?.name ?? null, org: same?.profile.org ?? null, person: null, from, token}
  }
  const {name, profile} = await chosen({env, profileFlag}).catch((error: PosternError) => {
    throw url !== null && given === null && error.code === 'not_signed_in' ? noToken(url) : error
  })
  if (url !== null && url !== profile.url) throw elsewhere('POSTERN_URL names another server', name)
  const trust = trustOf(env, {name, profile})
  const from = {url: `profile ${name}`, ca: caFrom(profile.ca === null ? null : name), token: given ?? profile.tokenIn}
  const target = {origin: profile.url, profile: name, org: profile.org, person: profile.person ?? null, from}
  if (given !== null) return {...target, trust: ca === null ? trust : {ca}, token}
  if (ca !== null && !(profile.ca !== null && ca.includes(profile.ca)))
    throw elsewhere('POSTERN_CA_FILE names another authority', name)
  const stored = async () => (await import('./token-store.ts')).readToken(env, name, profile)
  return {...target, trust, token: stored}
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

function tokenFrom(env: Env): string {
  if (env.POSTERN_TOKEN) return tokenIn(env.POSTERN_TOKEN, 'POSTERN_TOKEN')
  try {
    return tokenIn(readFileSync(env.POSTERN_TOKEN_FILE!, 'utf8'), 'The file that POSTERN_TOKEN_FILE names')
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

const noToken = (url: string) =>
  new PosternError('not_signed_in', 'POSTERN_URL names a server, and there is no token for it here.', {
    next: `Set POSTERN_TOKEN or POSTERN_TOKEN_FILE; or sign in: postern login ${url}`,
  })

function elsewhere(what: string, name: string): PosternError {
  return new PosternError('not_signed_in', `${what} than that of profile ${name}, whose token stays with its own.`, {
    next: 'Set POSTERN_TOKEN or POSTERN_TOKEN_FILE for it, or unset that variable.',
  })
}
