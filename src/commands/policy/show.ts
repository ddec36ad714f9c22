import {boolean, string} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {known} from '../../lib/command/selectors.ts'
import {policyTable, ruleTable} from '../../lib/output/policy.ts'

export default class PolicyShow extends PosternCommand<typeof PolicyShow> {
  static override summary = 'Show what the dashboard may do, and who said so, when and why'
  static override description =
    'Each operation with the rule that decides it; then, after an empty line, every rule there is. --yaml prints the rules as a file for "policy diff" and "policy apply".'
  static override examples = [
    '<%= config.bin %> policy show',
    '<%= config.bin %> policy show --sensitivity plaintext',
    '<%= config.bin %> policy show --yaml > policy.yaml',
    '<%= config.bin %> policy show --category secrets --json',
  ]
  static override flags = {
    ...orgFlag,
    category: string({helpValue: 'CATEGORY', summary: 'Only the operations of this category, as in secrets.'}),
    sensitivity: string({
      helpValue: 'SENSITIVITY',
      summary: 'Only the operations of this sensitivity: plaintext, authority, dispatch.',
    }),
    yaml: boolean({summary: 'Print the rules as a policy file.', exclusive: ['category', 'sensitivity']}),
  }

  async run() {
    const {category, sensitivity, yaml} = this.flags
    if (category !== undefined) known('category', category)
    if (sensitivity !== undefined) known('sensitivity', sensitivity)
    const client = await this.client()
    const policy = await client.call('policyShow', {params: {org: client.org}})
    const {decideBy} = await import('../../contract/decide.ts')
    const operations = policy.operations
      .filter(
        (state) =>
          (category === undefined || state.category === category) &&
          (sensitivity === undefined || state.sensitivity === sensitivity),
      )
      .map((state) => ({...state, rule: decideBy(policy.rules, state.operation, state).rule}))
    if (yaml) {
      const {policyFileText} = await import('../../lib/command/policy-file.ts')
      this.log(policyFileText(policy.rules).trimEnd())
    } else {
      const terminal = this.world.stdoutIsTerminal
      this.log(await policyTable(operations, terminal))
      if (policy.rules.length > 0) this.log(`\n${await ruleTable(policy.rules, terminal)}`)
    }
    return {...policy, operations}
  }
}
