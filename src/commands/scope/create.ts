import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, orgFlag, scopeArg, yesFlag} from '../../lib/command/flags.ts'

export default class ScopeCreate extends PosternCommand<typeof ScopeCreate> {
  static override summary = 'Create an empty scope'
  static override description =
    'Setting or declaring something in a scope creates it too; this is for one that is to be seen before.'
  static override examples = ['<%= config.bin %> scope create my-saas/prod']
  static override args = {scope: scopeArg}
  static override flags = {...orgFlag, ...dryRunFlag, ...yesFlag}

  async run() {
    const {'dry-run': dryRun} = this.flags
    const {scope} = this.args
    const client = await this.client()
    const reply = await client.call('scopesCreate', {params: {org: client.org}, query: {scope, dryRun}})
    const done = dryRun ? '[dry-run] would create' : 'Created'
    this.log(reply.changed ? `${done} scope ${scope}` : `Nothing changed: scope ${scope} is there already`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
