import {PosternError} from '../client/error.ts'
import {PosternCommand} from '../lib/command/base.ts'

export default class Logout extends PosternCommand<typeof Logout> {
  static override summary = 'Forget the token and the profile of a server'
  static override description = 'The token itself stays valid on the server.'
  static override examples = ['<%= config.bin %> logout', '<%= config.bin %> logout --profile ci']

  async run() {
    const {openProfiles} = await import('../lib/profile/profiles.ts')
    const {forgetToken} = await import('../lib/profile/token-store.ts')
    const {env} = this.world
    const profiles = await openProfiles(env)
    const name = this.flags.profile ?? (env.POSTERN_PROFILE || profiles.current())
    const profile = name === null ? null : profiles.get(name)
    if (name === null || profile === null)
      throw new PosternError('not_found', 'There is no such profile.', {next: 'postern profile list'})
    await forgetToken(env, name, profile.tokenIn)
    profiles.remove(name)
    this.log(`Signed out of ${profile.url}; profile ${name} is gone.`)
    return {profile: name, url: profile.url}
  }
}
