import {readFileSync} from 'node:fs'
import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'
import {fetchOver} from '../../client/transport.ts'
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

/**
 * Where to go, as whom: flag, then environment, then profile. A stored token goes to its profile's server alone, with that
 * profile's CA: POSTERN_URL with another server needs a token of its own.
 * @throws PosternError `not_signed_in`, `usage`, `not_found` (no such profile).
 */
export async function resolveConnection({
  env,
  profileFlag,
}: {
  env: Env
  profileFlag?: string | undefined
}): Promise<Resolved> {
  const url = env.POSTERN_URL ? originOf(env.POSTERN_URL, 'POSTERN_URL', false) : null
  const given = tokenFrom(env)
  if (url !== null && given !== null && profileFlag === undefined) {
    const connection = connect({origin: url, token: given, ca: caFrom(env), env})
    return {connection, profile: null, org: null}
  }
  const {name, profile} = await chosen(env, profileFlag)
  if (url !== null && url !== profile.url) {
    throw new PosternError(
      'not_signed_in',
      `POSTERN_URL names another server than profile ${name}, whose token stays with its own.`,
      {
        next: 'Set POSTERN_TOKEN or POSTERN_TOKEN_FILE for it, or unset POSTERN_URL.',
      },
    )
  }
  const token = given ?? (await (await import('./token-store.ts')).readToken(env, name, profile.tokenIn))
  return {connection: connect({origin: profile.url, token, ca: profile.ca, env}), profile: name, org: profile.org}
}

/** A connection to `origin` that trusts `ca` alone, or the system's certificates when it is null. */
export function connect({
  origin,
  token,
  ca,
  env,
}: {
  origin: string
  token: string | null
  ca: string | null
  env: Env
}): Connection {
  return {origin, token, fetch: fetchOver({ca, env}), timeout: TIMEOUT}
}

async function chosen(env: Env, profileFlag: string | undefined): Promise<{name: string; profile: Profile}> {
  const {openProfiles} = await import('./profiles.ts')
  const profiles = await openProfiles(env)
  const name = profileFlag ?? (env.POSTERN_PROFILE || profiles.current())
  if (name === null) throw new PosternError('not_signed_in', 'No server is known here.', {next: 'postern login URL'})
  const profile = profiles.get(name)
  if (profile !== null) return {name, profile}
  throw new PosternError('not_found', 'There is no profile of that name.', {next: 'postern profile list'})
}

function tokenFrom(env: Env): string | null {
  if (env.POSTERN_TOKEN) return env.POSTERN_TOKEN.trim()
  return env.POSTERN_TOKEN_FILE ? readFrom(env.POSTERN_TOKEN_FILE, 'POSTERN_TOKEN_FILE').trim() : null
}

const caFrom = (env: Env) => (env.POSTERN_CA_FILE ? readFrom(env.POSTERN_CA_FILE, 'POSTERN_CA_FILE') : null)

function readFrom(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new PosternError(
      'usage',
      `The file that ${name} names cannot be read (${(error as NodeJS.ErrnoException).code ?? 'failed'}).`,
      {
        next: 'Check its path and permissions.',
      },
    )
  }
}
