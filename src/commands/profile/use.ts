import {string as stringArg} from '@oclif/core/args'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'

export default class ProfileUse extends PosternCommand<typeof ProfileUse> {
  static override summary = 'Use a profile from now on'
  static override examples = ['<%= config.bin %> profile use ci']
  static override args = {name: stringArg({required: true, ignoreStdin: true, description: 'Name of the profile.'})}

  async run() {
    const {openProfiles} = await import('../../lib/profile/profiles.ts')
    const profiles = openProfiles(this.world.env)
    const profile = profiles.get(this.args.name)
    if (profile === null)
      throw new PosternError('not_found', 'There is no such profile.', {next: 'postern profile list'})
    await profiles.use(this.args.name)
    this.log(`Using profile ${this.args.name} (${profile.url}).`)
    return {profile: this.args.name, url: profile.url}
  }
}
