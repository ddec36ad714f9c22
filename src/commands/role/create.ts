import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {isPermission, permissions} from '../../contract/permissions.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, nameArg, orgFlag, yesFlag} from '../../lib/command/flags.ts'

export default class RoleCreate extends PosternCommand<typeof RoleCreate> {
  static override summary = 'Make a role of permissions that you have yourself'
  static override examples = [
    '<%= config.bin %> role create rotator --permission secrets.list --permission secrets.write',
  ]
  static override args = {name: nameArg('the role')}
  static override flags = {
    ...orgFlag,
    ...dryRunFlag,
    ...yesFlag,
    permission: string({
      helpValue: 'PERMISSION',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      summary: 'What it allows. Repeat for more; `role show owner` lists all.',
    }),
  }

  async run() {
    const wanted = this.flags.permission.filter(isPermission)
    if (wanted.length !== this.flags.permission.length) {
      throw new PosternError('usage', `--permission takes one of ${permissions.join(', ')}.`)
    }
    const client = await this.client()
    const {'dry-run': dryRun} = this.flags
    const reply = await client.call('rolesCreate', {
      params: {org: client.org},
      query: {dryRun},
      body: {name: this.args.name, permissions: wanted},
    })
    this.log(`${dryRun ? '[dry-run] would make' : 'Made'} role ${reply.name}: ${reply.permissions.join(', ')}`)
    return dryRun ? {...reply, dryRun} : reply
  }
}
