import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, keyArg, scopeFlags, yesFlag} from '../../lib/command/flags.ts'
import {restoreValue} from '../../lib/command/restore-value.ts'

export default class VariableRestore extends PosternCommand<typeof VariableRestore> {
  static override summary = 'Bring a deleted variable back'
  static override description =
    'As it was, under the version that it had. What was purged is gone, and cannot be restored.'
  static override examples = ['<%= config.bin %> variable restore --scope production LOG_LEVEL']
  static override args = {key: keyArg}
  static override flags = {...scopeFlags, ...dryRunFlag, ...yesFlag}

  async run() {
    const {flags} = this
    const {key} = this.args
    const {reply, text} = await restoreValue({route: 'variablesRestore', key, flags, client: await this.client()})
    this.log(text)
    return reply
  }
}
