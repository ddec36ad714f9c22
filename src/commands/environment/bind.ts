import {PosternCommand} from '../../lib/command/base.ts'
import {bindingFlags, boundKeysFlag, environmentArg} from '../../lib/command/environment-flags.ts'
import {dryRunFlag, orgFlag} from '../../lib/command/flags.ts'
import {bindingText} from '../../lib/output/bindings.ts'

export default class EnvironmentBind extends PosternCommand<typeof EnvironmentBind> {
  static override summary = 'Feed an environment from scopes'
  static override description =
    'Its workloads get the secrets and variables of these scopes. Where several bindings give a key, its own go before its collections’; then the one whose hosts are more specific; then the deeper scope. ${agentId}, ${host} and ${label:NAME} are filled from what was said of a workload when its credential was made. The same scopes and hosts again replace the keys.'
  static override examples = [
    "<%= config.bin %> environment bind my-saas/prod --scope 'aws/prod/**'",
    "<%= config.bin %> environment bind my-saas/prod --scope shared --key SENTRY_DSN --host 'web-*'",
    "<%= config.bin %> environment bind fleet --scope 'hosts/${host}'",
  ]
  static override args = {env: environmentArg}
  static override flags = {...orgFlag, ...bindingFlags, ...boundKeysFlag, ...dryRunFlag}

  async run() {
    const {scope, host, key: keys, 'dry-run': dryRun} = this.flags
    const {env: environment} = this.args
    const client = await this.client()
    const asked = {params: {org: client.org}, query: {environment, dryRun}, body: {scope, host, keys}}
    const reply = await client.call('environmentsBind', asked)
    const done = dryRun ? '[dry-run] would bind' : 'Bound'
    this.log(`${reply.changed ? done : 'Nothing changed: bound already'}: ${environment} gets ${bindingText(reply)}`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
