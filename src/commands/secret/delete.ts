import {PosternCommand} from '../../lib/command/base.ts'
import {deleteValue} from '../../lib/command/delete-value.ts'
import {dryRunFlag, keyArg, scopeFlags, yesFlag} from '../../lib/command/flags.ts'

export default class SecretDelete extends PosternCommand<typeof SecretDelete> {
  static override summary = 'Delete a secret'
  static override description = 'Asks on a terminal; elsewhere it needs --yes. What is not there is exit 5.'
  static override examples = [
    '<%= config.bin %> secret delete --scope production OLD_PASSWORD',
    '<%= config.bin %> secret delete --scope production OLD_PASSWORD --yes',
  ]
  static override args = {key: keyArg}
  static override flags = {...scopeFlags, ...dryRunFlag, ...yesFlag}

  async run() {
    const {flags, world} = this
    const asked = {
      route: 'secretsDelete',
      scope: flags.scope,
      key: this.args.key,
      flags,
      world,
      client: () => this.client(),
    } as const
    const {reply, text, warning} = await deleteValue(asked)
    this.log(text)
    if (warning !== null) this.warn(warning)
    return reply
  }
}
