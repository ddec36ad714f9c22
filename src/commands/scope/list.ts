import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {table} from '../../lib/output/table.ts'

export default class ScopeList extends PosternCommand<typeof ScopeList> {
  static override summary = 'List the scopes and how much each holds'
  static override examples = ['<%= config.bin %> scope list']
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const items = await allItems((cursor) =>
      client.call('scopesList', {params: {org: client.org}, query: {limit: 1000, cursor}}),
    )
    const rows = items.map(({scope, secrets, variables}) => [scope, String(secrets), String(variables)])
    if (rows.length > 0) this.log(await table(['scope', 'secrets', 'variables'], rows, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal) this.world.stderr.write('No scopes: nothing was set yet.\n')
    return {items}
  }
}
