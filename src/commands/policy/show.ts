import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {kindFlags, known} from '../../lib/command/selectors.ts'
import {ruleTable, stateTable} from '../../lib/output/policy.ts'

export default class PolicyShow extends PosternCommand<typeof PolicyShow> {
  static override summary = 'Show what the dashboard may do, and the rules that say so'
  static override examples = [
    '<%= config.bin %> policy show',
    '<%= config.bin %> policy show --sensitivity plaintext',
    '<%= config.bin %> policy show --category secrets --json',
  ]
  static override flags = {...orgFlag, ...kindFlags}

  async run() {
    const {category, sensitivity} = this.flags
    if (category !== undefined) known('category', category)
    if (sensitivity !== undefined) known('sensitivity', sensitivity)
    const client = await this.client()
    const policy = await client.call('policyShow', {params: {org: client.org}})
    const operations = policy.operations.filter(
      (state) =>
        (category === undefined || state.category === category) &&
        (sensitivity === undefined || state.sensitivity === sensitivity),
    )
    const terminal = this.world.stdoutIsTerminal
    this.log(await stateTable(operations, terminal))
    if (terminal && policy.rules.length > 0) this.log(`\n${await ruleTable(policy.rules)}`)
    return {...policy, operations}
  }
}
