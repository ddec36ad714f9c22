import {PosternCommand} from '../../lib/command/base.ts'
import {nameArg, orgFlag} from '../../lib/command/flags.ts'
import {extentText} from '../../lib/output/extent.ts'

export default class OrgShow extends PosternCommand<typeof OrgShow> {
  static override summary = 'Show an organization and how much it holds'
  static override examples = ['<%= config.bin %> org show acme']
  static override args = {name: nameArg('the organization')}
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const shown = await client.call('orgsShow', {params: {org: client.org, name: this.args.name}})
    const {name, createdAt, deletedAt} = shown
    this.log(
      `${name}, created ${createdAt}${deletedAt === null ? '' : `, deleted ${deletedAt}: its audit log is left`}`,
    )
    this.log(`Holds: ${extentText(shown)}`)
    return shown
  }
}
