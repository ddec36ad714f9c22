import {PosternCommand} from '../../lib/command/base.ts'
import {bindingFlags, environmentArg} from '../../lib/command/environment-flags.ts'
import {dryRunFlag, orgFlag} from '../../lib/command/flags.ts'
import {bindingText} from '../../lib/output/bindings.ts'

export default class EnvironmentUnbind extends PosternCommand<typeof EnvironmentUnbind> {
  static override summary = 'End a binding, named by its scopes and hosts'
  static override examples = ["<%= config.bin %> environment unbind my-saas/prod --scope 'aws/prod/**'"]
  static override args = {env: environmentArg}
  static override flags = {...orgFlag, ...bindingFlags, ...dryRunFlag}

  async run() {
    const {scope, host, 'dry-run': dryRun} = this.flags
    const {env: environment} = this.args
    const client = await this.client()
    const asked = {params: {org: client.org}, query: {environment, dryRun}, body: {scope, host}}
    const reply = await client.call('environmentsUnbind', asked)
    this.log(`${dryRun ? '[dry-run] would unbind' : 'Unbound'}: ${environment} no longer gets ${bindingText(reply)}`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
