import {PosternError} from '../../client/error.ts'
import {leave} from '../../client/terminal.ts'
import {tokenKind} from '../../formats/token.ts'
import type {Env} from './folder.ts'
import {openProfiles} from './profiles.ts'
import {connect} from './resolve-connection.ts'
import {readToken} from './token-store.ts'

/** How long the server is waited for, in milliseconds: whoever signs out wants to be gone. */
const PATIENCE = 5000

/** Ends on the server the session of a person whose profile this is. Null: it has no session; false: the server was not told. */
export async function signOut(env: Env, name: string): Promise<boolean | null> {
  const profile = openProfiles(env).get(name)
  const token = profile === null ? null : await readToken(env, name, profile).catch(() => null)
  if (profile === null || token === null || tokenKind(token) !== 'person') return null
  const connection = connect({origin: profile.url, token, ca: profile.ca, env})
  return leave({...connection, timeout: PATIENCE}).then(
    () => true,
    (error: unknown) => error instanceof PosternError && error.code === 'unauthenticated',
  )
}
