import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, nameArg, orgFlag, yesFlag} from '../../lib/command/flags.ts'

export default class RoleDelete extends PosternCommand<typeof RoleDelete> {
  static override summary = 'Delete a role that no valid token has'
  static override description = 'Asks on a terminal; elsewhere it needs --yes.'
  static override examples = ['<%= config.bin %> role delete rotator --yes']
  static override args = {name: nameArg('the role')}
  static override flags = {...orgFlag, ...dryRunFlag, ...yesFlag}

  async run() {
    const {yes, 'dry-run': dryRun} = this.flags
    const {name} = this.args
    if (!dryRun) requireYes(yes, this.world)
    const client = await this.client()
    if (!dryRun && !yes && canAsk(this.world)) await confirm(`Delete role ${name}?`, this.world)
    const reply = await client.call('rolesDelete', {params: {org: client.org, name}, query: {dryRun}})
    this.log(`${dryRun ? '[dry-run] would delete' : 'Deleted'} role ${name}`)
    return dryRun ? {...reply, dryRun} : reply
  }
}
