import {string as stringArg} from '@oclif/core/args'
import {PosternCommand} from '../../lib/command/base.ts'

export default class ProfileRemove extends PosternCommand<typeof ProfileRemove> {
  static override summary = 'Remove a profile and its token from this machine'
  static override examples = ['<%= config.bin %> profile remove ci']
  static override args = {name: stringArg({required: true, ignoreStdin: true, description: 'Name of the profile.'})}

  async run() {
    const {removeProfile} = await import('../../lib/profile/remove-profile.ts')
    const {url, tokenGone} = await removeProfile(this.world.env, this.args.name)
    this.log(`Profile ${this.args.name} is gone.`)
    if (!tokenGone) this.warn('the keychain did not let the token go: remove the entry "postern" there.')
    return {profile: this.args.name, url, tokenGone}
  }
}
