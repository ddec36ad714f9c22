import {PosternCommand} from '../../lib/command/base.ts'
import {deleteValue} from '../../lib/command/delete-value.ts'
import {dryRunFlag, keyArg, scopeFlags, yesFlag} from '../../lib/command/flags.ts'

export default class VariableDelete extends PosternCommand<typeof VariableDelete> {
  static override summary = 'Delete a variable'
  static override description = 'Asks on a terminal; elsewhere it needs --yes. What is not there is exit 5.'
  static override examples = [
    '<%= config.bin %> variable delete --scope production OLD_HOST',
    '<%= config.bin %> variable delete --scope production OLD_HOST --yes',
  ]
  static override args = {key: keyArg}
  static override flags = {...scopeFlags, ...dryRunFlag, ...yesFlag}

  async run() {
    const {flags, world} = this
    const asked = {
      route: 'variablesDelete',
      scope: flags.scope,
      key: this.args.key,
      flags,
      world,
      client: () => this.client(),
    } as const
    const {reply, text} = await deleteValue(asked)
    this.log(text)
    return reply
  }
}
