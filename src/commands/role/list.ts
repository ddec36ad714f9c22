import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {table} from '../../lib/output/table.ts'

export default class RoleList extends PosternCommand<typeof RoleList> {
  static override summary = 'List the roles, and what each allows'
  static override examples = ['<%= config.bin %> role list']
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const {items} = await client.call('rolesList', {params: {org: client.org}})
    const rows = items.map((role) => [
      role.name,
      role.builtIn ? 'built in' : `by ${role.createdBy}`,
      role.permissions.join(' '),
    ])
    this.log(await table(['role', 'made', 'permissions'], rows, this.world.stdoutIsTerminal))
    return {items}
  }
}
