import {PosternError} from '../client/error.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {whileWaiting} from '../lib/output/spinner.ts'

export default class Logout extends PosternCommand<typeof Logout> {
  static override summary = 'Forget the token and the profile of a server'
  static override description =
    'The session of a person who signed in with --sso or --device ends on the server, too. A token stays valid there: postern token revoke ends it.'
  static override examples = ['<%= config.bin %> logout', '<%= config.bin %> logout --profile ci']

  async run() {
    const {openProfiles} = await import('../lib/profile/profiles.ts')
    const {removeProfile} = await import('../lib/profile/remove-profile.ts')
    const {env} = this.world
    const name = this.flags.profile ?? (env.POSTERN_PROFILE || openProfiles(env).current())
    if (name === null)
      throw new PosternError('not_signed_in', 'No profile is in use.', {next: 'postern logout --profile NAME'})
    const {signOut} = await import('../lib/profile/sign-out.ts')
    const sessionEnded = await whileWaiting(this.world, signOut(env, name))
    const {url, tokenGone} = await removeProfile(env, name)
    this.log(`Signed out of ${url}; profile ${name} is gone.`)
    if (!tokenGone) this.warn('the keychain did not let the token go: remove the entry "postern" there.')
    if (sessionEnded === false)
      this.warn('the server was not told: your session there ends by itself, once it was not used for half an hour.')
    return {profile: name, url, tokenGone, ...(sessionEnded === null ? {} : {sessionEnded})}
  }
}
