import {PosternCommand} from '../../lib/command/base.ts'
import {requireYes} from '../../lib/command/confirm.ts'
import {changeFlags, changePolicy} from '../../lib/command/policy-change.ts'
import {operationArgs, selectorFlags, someSelectors} from '../../lib/command/selectors.ts'

export default class PolicyUnlock extends PosternCommand<typeof PolicyUnlock> {
  static override summary = 'Unlock operations on the dashboard'
  static override description =
    'Shows the exact change first and asks on a terminal; elsewhere it needs --yes. It adds a rule, and a narrower rule still decides: "policy reset" takes rules away.'
  static override examples = [
    '<%= config.bin %> policy unlock secrets.declare',
    '<%= config.bin %> policy unlock --category variables --reason "migration done" --yes',
    '<%= config.bin %> policy unlock --all --dry-run',
  ]
  static override args = operationArgs
  static override flags = {...selectorFlags, ...changeFlags}

  async run() {
    const selectors = someSelectors({...this.args, ...this.flags})
    const {world, flags} = this
    requireYes(flags.yes || flags['dry-run'], world)
    const {reply, text} = await changePolicy('policyUnlock', {selectors, flags, world, client: await this.client()})
    this.log(text)
    return reply
  }
}
