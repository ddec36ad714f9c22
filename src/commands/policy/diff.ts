import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {policyFileArg} from '../../lib/command/selectors.ts'
import {diffText} from '../../lib/output/policy.ts'

export default class PolicyDiff extends PosternCommand<typeof PolicyDiff> {
  static override summary = 'Show what a policy file would change'
  static override description =
    'Rules with - are in force, with + in the file; then the operations that would flip. It needs no more than to read the policy, and ends with 0: "policy apply --check" is for CI.'
  static override examples = [
    '<%= config.bin %> policy diff policy.yaml',
    '<%= config.bin %> policy diff - < policy.yaml',
  ]
  static override args = policyFileArg
  static override flags = orgFlag

  async run() {
    const {comparePolicy} = await import('../../lib/command/compare-policy.ts')
    const {diff} = await comparePolicy(this.args.file, this.world, () => this.client())
    const differs = diff.rules.length > 0
    this.log(differs ? await diffText(diff, this.world.stdoutIsTerminal) : 'The policy is what the file says.')
    return {differs, ...diff}
  }
}
