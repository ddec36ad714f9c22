import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {optionalScopeFlags} from '../../lib/command/flags.ts'
import {columnsOf, queryOf, unsureOf, usageFlags} from '../../lib/command/list-flags.ts'
import {nameTable} from '../../lib/output/names.ts'

export default class VariableList extends PosternCommand<typeof VariableList> {
  static override summary = 'List the names of variables and their locks'
  static override examples = [
    '<%= config.bin %> variable list',
    '<%= config.bin %> variable list --scope production --json',
    '<%= config.bin %> variable list --unused 90d',
    '<%= config.bin %> variable list --scope production --deleted',
  ]
  static override flags = {...optionalScopeFlags, ...usageFlags}

  async run() {
    const client = await this.client()
    const query = {limit: 1000, ...queryOf(this.flags)}
    let readingsSince: string | null = null
    const items = await allItems(async (cursor) => {
      const page = await client.call('variablesList', {params: {org: client.org}, query: {...query, cursor}})
      readingsSince = page.readingsSince
      return page
    })
    const unsure = unsureOf(this.flags, readingsSince, this.world.now())
    if (unsure !== null) this.warn(unsure)
    if (items.length > 0) this.log(await nameTable(items, this.world.stdoutIsTerminal, columnsOf(this.flags)))
    else if (this.world.stderrIsTerminal) this.world.stderr.write('No variables.\n')
    return {items}
  }
}
