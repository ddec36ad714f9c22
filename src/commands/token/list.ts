import {boolean} from '@oclif/core/flags'
import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {tokenTable} from '../../lib/output/tokens.ts'

export default class TokenList extends PosternCommand<typeof TokenList> {
  static override summary = 'List tokens by name, with role, scopes, expiry and last use; never what signs in'
  static override examples = ['<%= config.bin %> token list', '<%= config.bin %> token list --all --json']
  static override flags = {...orgFlag, all: boolean({summary: 'Those that were revoked, too.'})}

  async run() {
    const client = await this.client()
    const query = {limit: 1000, ...(this.flags.all ? {revoked: true} : {})}
    const items = await allItems((cursor) =>
      client.call('tokensList', {params: {org: client.org}, query: {...query, cursor}}),
    )
    if (items.length > 0) this.log(await tokenTable(items, this.world.now(), this.world.stdoutIsTerminal))
    return {items}
  }
}
