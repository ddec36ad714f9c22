import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'

export default class DashboardOpen extends PosternCommand<typeof DashboardOpen> {
  static override summary = 'Make a one-time link that signs a browser in to the dashboard'
  static override description =
    'The link lives for 60 seconds and works once. The session has the rights of your token and ends with it.'
  static override examples = ['<%= config.bin %> dashboard open', '<%= config.bin %> dashboard open | wl-copy']
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const link = await client.call('dashboardOpen', {params: {org: client.org}})
    this.log(link.url)
    if (this.world.stderrIsTerminal) this.world.stderr.write('Open it within 60 seconds; it works once.\n')
    return link
  }
}
