import {boolean} from '@oclif/core/flags'
import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {optionalScopeFlags} from '../../lib/command/flags.ts'
import {nameTable} from '../../lib/output/names.ts'

export default class SecretList extends PosternCommand<typeof SecretList> {
  static override summary = 'List the names of secrets, never a value'
  static override examples = [
    '<%= config.bin %> secret list',
    '<%= config.bin %> secret list --scope production',
    '<%= config.bin %> secret list --missing',
  ]
  static override flags = {
    ...optionalScopeFlags,
    missing: boolean({summary: 'Only those that were declared and have no value yet.'}),
  }

  async run() {
    const {scope, missing} = this.flags
    const client = await this.client()
    const query = {limit: 1000, ...(scope === undefined ? {} : {scope}), ...(missing ? {missing} : {})}
    const items = await allItems((cursor) =>
      client.call('secretsList', {params: {org: client.org}, query: {...query, cursor}}),
    )
    if (items.length > 0) this.log(await nameTable(items, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal) this.world.stderr.write('No secrets.\n')
    return {items}
  }
}
