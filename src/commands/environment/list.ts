import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {table} from '../../lib/output/table.ts'

export default class EnvironmentList extends PosternCommand<typeof EnvironmentList> {
  static override summary = 'List the environments, with their bindings and tokens counted'
  static override examples = ['<%= config.bin %> environment list']
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const items = await allItems((cursor) =>
      client.call('environmentsList', {params: {org: client.org}, query: {limit: 1000, cursor}}),
    )
    const rows = items.map(({environment, bindings, tokens, createdAt, createdBy}) => [
      environment,
      String(bindings),
      String(tokens),
      createdAt,
      createdBy,
    ])
    const headings = ['environment', 'bindings', 'tokens', 'created', 'by']
    if (rows.length > 0) this.log(await table(headings, rows, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal)
      this.world.stderr.write('No environments yet: postern environment create ENV\n')
    return {items}
  }
}
