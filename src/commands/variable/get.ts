import {fromWire} from '../../client/wire-value.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {keyArg, scopeFlags} from '../../lib/command/flags.ts'
import {writeValue} from '../../lib/output/value.ts'

export default class VariableGet extends PosternCommand<typeof VariableGet> {
  static override summary = 'Print the value of a variable'
  static override description =
    'A pipe gets the exact bytes; a terminal a newline after them, and nothing that it would act on: such a value is shown as JSON. Each reading is in the audit log.'
  static override examples = [
    '<%= config.bin %> variable get --scope production DB_HOST',
    'psql -h "$(<%= config.bin %> variable get --scope production DB_HOST)"',
  ]
  static override args = {key: keyArg}
  static override flags = scopeFlags

  async run() {
    const client = await this.client()
    const {changed: _, ...variable} = await client.call('variablesGet', {
      params: {org: client.org, key: this.args.key},
      query: {scope: this.flags.scope},
    })
    if (!this.jsonEnabled()) writeValue(fromWire(variable.value), this.world)
    return variable
  }
}
