import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {table} from '../../lib/output/table.ts'

export default class SessionList extends PosternCommand<typeof SessionList> {
  static override summary = 'List the browsers that are signed in to the dashboard, and the terminals where people are'
  static override description = 'By the token that signed them in, the newest last; never what they hold.'
  static override examples = ['<%= config.bin %> session list']
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const found = await allItems((cursor) =>
      client.call('sessionsList', {params: {org: client.org}, query: {limit: 1000, cursor}}),
    )
    const items = found.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
    const rows = items.map(({id, token, surface, createdAt, expiresAt}) => [
      id,
      token,
      surface === 'cli' ? 'terminal' : 'browser',
      createdAt,
      expiresAt,
    ])
    if (rows.length > 0)
      this.log(await table(['session', 'token', 'where', 'signed in', 'until'], rows, this.world.stdoutIsTerminal))
    return {items}
  }
}
