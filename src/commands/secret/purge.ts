import {PosternCommand} from '../../lib/command/base.ts'
import {optionalKeyArg} from '../../lib/command/flags.ts'
import {purgeFlags, purgeValues} from '../../lib/command/purge-values.ts'

export default class SecretPurge extends PosternCommand<typeof SecretPurge> {
  static override summary = 'End for good what was deleted long ago'
  static override description =
    'Deleted secrets, with every version; with --versions, old versions of live ones too. Nothing brings them back but a backup. Asks on a terminal; elsewhere it needs --yes.'
  static override examples = [
    '<%= config.bin %> secret purge --older-than 90d --dry-run',
    '<%= config.bin %> secret purge --older-than 90d --scope production --versions --yes',
  ]
  static override args = {key: optionalKeyArg}
  static override flags = purgeFlags

  async run() {
    const {flags, world} = this
    const {key} = this.args
    const {result, text} = await purgeValues({noun: 'secret', key, flags, world, client: () => this.client()})
    this.log(text)
    return result
  }
}
