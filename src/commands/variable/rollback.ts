import {PosternCommand} from '../../lib/command/base.ts'
import {keyArg} from '../../lib/command/flags.ts'
import {rollbackFlags, rollbackValue} from '../../lib/command/rollback-value.ts'

export default class VariableRollback extends PosternCommand<typeof VariableRollback> {
  static override summary = 'Give a variable the value of an earlier version, as a new version'
  static override description =
    'Asks on a terminal; elsewhere it needs --yes. No version is removed, so a rollback can be rolled back.'
  static override examples = [
    '<%= config.bin %> variable rollback --scope production LOG_LEVEL --to 3',
    '<%= config.bin %> variable rollback --scope production LOG_LEVEL --to 3 --expect-version 5 --yes',
  ]
  static override args = {key: keyArg}
  static override flags = rollbackFlags

  async run() {
    const {flags, world} = this
    const {key} = this.args
    const {reply, text} = await rollbackValue({noun: 'variable', key, flags, world, client: () => this.client()})
    this.log(text)
    return reply
  }
}
