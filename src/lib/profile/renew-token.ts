import type {Env} from './folder.ts'
import {openProfiles} from './profiles.ts'
import {forgetToken, keepToken} from './token-store.ts'

/**
 * Keeps another token for a profile of the same server. False: the profile is gone.
 * @throws PosternError `failed` when it cannot be kept.
 */
export async function renewToken(env: Env, name: string, token: string): Promise<boolean> {
  const profiles = openProfiles(env)
  const before = profiles.get(name)
  if (before === null) return false
  const tokenIn = await keepToken(env, name, before.url, token)
  if (tokenIn === before.tokenIn) return true
  await profiles.change(name, (profile) => ({...profile, tokenIn}))
  await forgetToken(env, name, before)
  return true
}
