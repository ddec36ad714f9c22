import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, keyArg, scopeFlags} from '../../lib/command/flags.ts'

export default class SecretDeclare extends PosternCommand<typeof SecretDeclare> {
  static override summary = 'Declare a secret without a value'
  static override description =
    'So that `secret list --missing` shows it until somebody sets it. A dashboard that is locked for values may still do this.'
  static override examples = ['<%= config.bin %> secret declare --scope production STRIPE_KEY']
  static override args = {key: keyArg}
  static override flags = {...scopeFlags, ...dryRunFlag}

  async run() {
    const {scope, 'dry-run': dryRun} = this.flags
    const {key} = this.args
    const client = await this.client()
    const reply = await client.call('secretsDeclare', {params: {org: client.org, key}, query: {scope, dryRun}})
    const done = dryRun ? '[dry-run] would declare' : 'Declared'
    this.log(reply.changed ? `${done} ${key} in ${scope}` : `Nothing changed: ${key} in ${scope} is there already`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
