import {boolean} from '@oclif/core/flags'
import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {table} from '../../lib/output/table.ts'

export default class OrgList extends PosternCommand<typeof OrgList> {
  static override summary = 'List the organizations'
  static override description = 'From another than the first organization, it lists that one alone.'
  static override examples = ['<%= config.bin %> org list', '<%= config.bin %> org list --deleted']
  static override flags = {
    ...orgFlag,
    deleted: boolean({summary: 'Those that were deleted, of which the audit log is left.'}),
  }

  async run() {
    const {deleted = false} = this.flags
    const client = await this.client()
    const items = await allItems((cursor) =>
      client.call('orgsList', {params: {org: client.org}, query: {deleted, limit: 1000, cursor}}),
    )
    const rows = items.map(({name, createdAt, deletedAt}) => [name, createdAt, ...(deleted ? [deletedAt ?? ''] : [])])
    const headings = ['name', 'created', ...(deleted ? ['deleted'] : [])]
    if (rows.length > 0) this.log(await table(headings, rows, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal) this.world.stderr.write('No deleted organizations.\n')
    return {items}
  }
}
