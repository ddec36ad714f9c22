import {PosternError} from '../../client/error.ts'
import type {Env} from './folder.ts'
import {openProfiles} from './profiles.ts'
import {forgetToken} from './token-store.ts'

/** Removes a profile and its token from this machine. @throws PosternError `not_found`. */
export async function removeProfile(env: Env, name: string): Promise<{url: string; tokenGone: boolean}> {
  const profiles = openProfiles(env)
  const profile = profiles.get(name)
  if (profile === null) throw new PosternError('not_found', 'There is no such profile.', {next: 'postern profile list'})
  const tokenGone = await forgetToken(env, name, profile)
  await profiles.remove(name)
  return {url: profile.url, tokenGone}
}
