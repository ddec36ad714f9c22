import {string as stringArg} from '@oclif/core/args'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'

export default class ProfileRemove extends PosternCommand<typeof ProfileRemove> {
  static override summary = 'Remove a profile and its token from this machine'
  static override examples = ['<%= config.bin %> profile remove ci']
  static override args = {name: stringArg({required: true, ignoreStdin: true, description: 'Name of the profile.'})}

  async run() {
    const {openProfiles} = await import('../../lib/profile/profiles.ts')
    const {forgetToken} = await import('../../lib/profile/token-store.ts')
    const profiles = await openProfiles(this.world.env)
    const profile = profiles.get(this.args.name)
    if (profile === null)
      throw new PosternError('not_found', 'There is no such profile.', {next: 'postern profile list'})
    await forgetToken(this.world.env, this.args.name, profile.tokenIn)
    profiles.remove(this.args.name)
    this.log(`Profile ${this.args.name} is gone.`)
    return {profile: this.args.name, url: profile.url}
  }
}
