import {call} from '../../client/call.ts'
import type {Connection} from '../../client/connection.ts'
import {PosternError} from '../../client/error.ts'
import {isLoopback} from '../../client/loopback.ts'
import {whoami} from '../../contract/routes/session.ts'
import type {World} from '../command/world.ts'
import {openProfiles} from './profiles.ts'
import {renewToken} from './renew-token.ts'
import {connect} from './resolve-connection.ts'
import {tokenByBrowser, tokenByCode} from './sso.ts'

/**
 * Asks a person whose sign-in has ended whether to sign in again, and does: the connection goes on with the new credential,
 * which is kept in place of the one that ended. False: not now.
 * @throws PosternError `interrupted` on Ctrl-C, `not_signed_in` when it is another person, and what signing in does.
 */
export async function signInAgain(
  to: Connection,
  {profile, person}: {profile: string; person: string},
  world: World,
): Promise<boolean> {
  const prompts = await import('@inquirer/prompts')
  const chosen = await prompts
    .select(
      {
        message: 'Your sign-in has ended. Sign in again?',
        choices: [
          {value: 'browser', name: 'With the browser on this machine'},
          {value: 'code', name: 'By a code, in a browser anywhere'},
          {value: 'no', name: 'Not now'},
        ],
      },
      {input: world.stdin, output: world.stderr},
    )
    .catch(() => {
      throw new PosternError('interrupted', 'Interrupted; nothing was changed.')
    })
  if (chosen === 'no') return false
  const stranger = connect({origin: to.origin, token: null, ca: to.ca, env: world.env})
  // Plain http beyond this machine was allowed at sign-in, or there were no such profile.
  const insecureHttp = to.origin.startsWith('http:') && !isLoopback(new URL(to.origin).hostname)
  const token = await (chosen === 'browser' ? tokenByBrowser : tokenByCode)(stranger, world, insecureHttp)
  const {actor} = await call(whoami, {params: {}}, {...to, token})
  if (actor.name !== person)
    throw new PosternError(
      'not_signed_in',
      `${JSON.stringify(actor.name)} signed in, and profile ${profile} is that of ${person}. Nothing was sent, and the profile is as it was.`,
      {next: `postern login ${to.origin} --sso --profile ${profile}   (to go on as somebody else)`},
    )
  world.stderr.write(`Signed in again as ${person}.\n`)
  const kept = openProfiles(world.env).get(profile)
  // Where somebody signed in to it meanwhile, theirs stays.
  if (kept?.url === to.origin && kept.person === person) await renewToken(world.env, profile, token)
  to.token = token
  return true
}
