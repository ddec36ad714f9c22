import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {nameArg, orgFlag} from '../../lib/command/flags.ts'

export default class RoleShow extends PosternCommand<typeof RoleShow> {
  static override summary = 'Show what a role allows, a permission a line'
  static override examples = ['<%= config.bin %> role show writer']
  static override args = {name: nameArg('the role')}
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const {items} = await client.call('rolesList', {params: {org: client.org}})
    const role = items.find(({name}) => name === this.args.name)
    if (role === undefined)
      throw new PosternError('not_found', 'There is no role of this name.', {next: 'postern role list'})
    this.log(role.permissions.join('\n'))
    return role
  }
}
