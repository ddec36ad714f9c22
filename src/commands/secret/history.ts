import {PosternCommand} from '../../lib/command/base.ts'
import {keyArg, scopeFlags} from '../../lib/command/flags.ts'
import {showHistory} from '../../lib/command/show-history.ts'

export default class SecretHistory extends PosternCommand<typeof SecretHistory> {
  static override summary = 'List the versions of a secret, never a value'
  static override description =
    'The newest first, of a deleted secret too. A version is current, superseded by a newer one, or deleted: what a restore brings back.'
  static override examples = ['<%= config.bin %> secret history --scope production DB_PASSWORD']
  static override args = {key: keyArg}
  static override flags = scopeFlags

  async run() {
    const {scope} = this.flags
    const client = await this.client()
    const {key} = this.args
    const {result, text} = await showHistory({route: 'secretsHistory', scope, key, world: this.world, client})
    if (text !== '') this.log(text)
    return result
  }
}
