import {PosternCommand} from '../../lib/command/base.ts'
import {requireYes} from '../../lib/command/confirm.ts'
import {changeFlags, changePolicy} from '../../lib/command/policy-change.ts'
import {operationArgs, selectorFlags, selectorsOf} from '../../lib/command/selectors.ts'

export default class PolicyReset extends PosternCommand<typeof PolicyReset> {
  static override summary = 'Remove policy rules: those named, or every one'
  static override description =
    'Shows the exact change first and asks on a terminal; elsewhere it needs --yes. What no rule speaks of is enabled. --all is the rule for all operations; with nothing named, every rule goes.'
  static override examples = [
    '<%= config.bin %> policy reset secrets.set',
    '<%= config.bin %> policy reset --sensitivity plaintext --yes',
    '<%= config.bin %> policy reset --dry-run',
  ]
  static override args = operationArgs
  static override flags = {...selectorFlags, ...changeFlags}

  async run() {
    const selectors = selectorsOf({...this.args, ...this.flags})
    const {world, flags} = this
    requireYes(flags.yes || flags['dry-run'], world)
    const {reply, text} = await changePolicy('policyReset', {selectors, flags, world, client: await this.client()})
    this.log(text)
    return reply
  }
}
