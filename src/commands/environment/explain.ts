import {string} from '@oclif/core/flags'
import {isOrg, ORG_RULE} from '../../contract/name-rules.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {claimFlags, environmentArg, labelsOf} from '../../lib/command/environment-flags.ts'
import {optionalKeyArg, orgFlag, ruled} from '../../lib/command/flags.ts'
import {explained} from '../../lib/output/explained.ts'

export default class EnvironmentExplain extends PosternCommand<typeof EnvironmentExplain> {
  static override summary = 'Say which binding gives each key of an environment, and what it shadows; never a value'
  static override description =
    'As a workload of this host, these labels and this agent id, which is the name of its token, would get it.'
  static override examples = [
    '<%= config.bin %> environment explain my-saas/prod',
    '<%= config.bin %> environment explain my-saas/prod DATABASE_URL --host web-1 --label team:payments',
  ]
  static override args = {env: environmentArg, key: optionalKeyArg}
  static override flags = {
    ...orgFlag,
    ...claimFlags,
    'agent-id': string({
      helpValue: 'NAME',
      summary: 'The name of its token.',
      parse: ruled('--agent-id', isOrg, ORG_RULE),
    }),
  }

  async run() {
    const {host, label, 'agent-id': agentId} = this.flags
    const {env: environment, key} = this.args
    const labels = labelsOf(label)
    const client = await this.client()
    const reply = await client.call('environmentsExplain', {
      params: {org: client.org},
      query: {environment, key, agentId, host, labels: labels && JSON.stringify(labels)},
    })
    const {result, notes} = await explained(reply, this.world.stdoutIsTerminal)
    if (result !== '') this.log(result)
    if (!this.jsonEnabled()) for (const note of notes) this.world.stderr.write(`${note}\n`)
    if (key !== undefined && reply.items.length === 0) this.world.exit(1)
    return reply
  }
}
