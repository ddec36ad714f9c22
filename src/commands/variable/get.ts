import {fromWire} from '../../client/wire-value.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {keyArg, scopeFlags} from '../../lib/command/flags.ts'

export default class VariableGet extends PosternCommand<typeof VariableGet> {
  static override summary = 'Print the value of a variable'
  static override description =
    'A newline is added on a terminal alone; a pipe gets the exact bytes. Each reading is in the audit log.'
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
    if (!this.jsonEnabled()) {
      this.world.stdout.write(fromWire(variable.value))
      if (this.world.stdoutIsTerminal) this.world.stdout.write('\n')
    }
    return variable
  }
}
