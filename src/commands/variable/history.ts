import {PosternCommand} from '../../lib/command/base.ts'
import {keyArg, scopeFlags} from '../../lib/command/flags.ts'
import {showHistory} from '../../lib/command/show-history.ts'

export default class VariableHistory extends PosternCommand<typeof VariableHistory> {
  static override summary = 'List the versions of a variable, never a value'
  static override description =
    'The newest first, of a deleted variable too. A version is current, superseded by a newer one, or deleted: what a restore brings back.'
  static override examples = ['<%= config.bin %> variable history --scope production LOG_LEVEL']
  static override args = {key: keyArg}
  static override flags = scopeFlags

  async run() {
    const {scope} = this.flags
    const client = await this.client()
    const {key} = this.args
    const {result, text} = await showHistory({route: 'variablesHistory', scope, key, world: this.world, client})
    if (text !== '') this.log(text)
    return result
  }
}
