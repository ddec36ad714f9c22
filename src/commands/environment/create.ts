import {PosternCommand} from '../../lib/command/base.ts'
import {environmentArg} from '../../lib/command/environment-flags.ts'
import {dryRunFlag, orgFlag} from '../../lib/command/flags.ts'

export default class EnvironmentCreate extends PosternCommand<typeof EnvironmentCreate> {
  static override summary = 'Create an environment'
  static override description =
    'Nothing feeds it at first, but what its collections lend it: my-saas/prod gets what is bound to my-saas, too.'
  static override examples = ['<%= config.bin %> environment create my-saas/prod']
  static override args = {env: environmentArg}
  static override flags = {...orgFlag, ...dryRunFlag}

  async run() {
    const {'dry-run': dryRun} = this.flags
    const {env: environment} = this.args
    const client = await this.client()
    const reply = await client.call('environmentsCreate', {params: {org: client.org}, query: {environment, dryRun}})
    const done = dryRun ? '[dry-run] would create' : 'Created'
    this.log(
      reply.changed
        ? `${done} environment ${environment}`
        : `Nothing changed: environment ${environment} is there already`,
    )
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
