import {PosternError} from '../../client/error.ts'
import type {Client} from './base.ts'
import type {World} from './world.ts'

/** Whether the token of this name is the one that this command signs in with. */
export async function isOwnToken(client: Client, name: string): Promise<boolean> {
  const {actor, org} = await client.call('whoami', {params: {}})
  return org === client.org && actor.name === name
}

/**
 * Keeps the new text of the token in use in the profile that the old one came from, and gives its name; null: the old one
 * came from the environment, or the new one cannot be kept. Says on stderr which, and what to do then.
 */
export async function keepOwnToken(token: string, client: Client, world: World): Promise<string | null> {
  const {profile, tokenFrom} = client
  const say = (text: string) => world.stderr.write(`${text}\n`)
  if (profile === null || tokenFrom !== 'profile') {
    say('Warning: the token in use came from the environment, and has ended: put the new text in its place.')
    return null
  }
  const {renewToken} = await import('../profile/renew-token.ts')
  try {
    if (await renewToken(world.env, profile, token)) {
      say(`Profile ${profile} signs in with the new text from now on.`)
      return profile
    }
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    say(`Warning: ${error.message}`)
  }
  say(`Warning: profile ${profile} does not have the new text. Sign in with it: postern login URL --profile ${profile}`)
  return null
}
