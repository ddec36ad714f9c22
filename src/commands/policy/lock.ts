import {PosternCommand} from '../../lib/command/base.ts'
import {changeFlags, changePolicy} from '../../lib/command/policy-change.ts'
import {operationArgs, selectorFlags, someSelectors} from '../../lib/command/selectors.ts'

export default class PolicyLock extends PosternCommand<typeof PolicyLock> {
  static override summary = 'Lock operations on the dashboard, so that only the CLI does them'
  static override description =
    'Shows the exact change first and asks on a terminal; elsewhere it goes ahead. The rule is kept, not the list of what it speaks of today: an operation that an upgrade adds is locked too. The narrowest rule decides: an operation’s, then a category’s or a sensitivity’s, then that for all.'
  static override examples = [
    '<%= config.bin %> policy lock secrets.set variables.set',
    '<%= config.bin %> policy lock --sensitivity plaintext --reason SOC2-14',
    '<%= config.bin %> policy lock --all --dry-run',
  ]
  static override args = operationArgs
  static override flags = {...selectorFlags, ...changeFlags}

  async run() {
    const selectors = someSelectors({...this.args, ...this.flags})
    const {world, flags} = this
    const {reply, text} = await changePolicy('policyLock', {selectors, flags, world, client: await this.client()})
    this.log(text)
    return reply
  }
}
