import {boolean} from '@oclif/core/flags'
import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {optionalScopeFlags} from '../../lib/command/flags.ts'
import {columnsOf, factFilterFlags, queryOf, unsureOf, usageFlags} from '../../lib/command/list-flags.ts'
import {nameTable} from '../../lib/output/names.ts'

/** What narrows the names; values are of a scope, all of them. */
const filters = ['missing', ...Object.keys(factFilterFlags), ...Object.keys(usageFlags)]

export default class SecretList extends PosternCommand<typeof SecretList> {
  static override summary = 'List the names of secrets; with --reveal the values of a scope'
  static override description =
    'Filters go together: a name is shown when all of them hold. Who read a secret last is known as far as the audit log goes back on the server. --reveal shows the values of one scope instead: it needs the permission secrets.reveal, asks on a terminal, and is in the audit log.'
  static override examples = [
    '<%= config.bin %> secret list',
    '<%= config.bin %> secret list --scope production --recursive',
    '<%= config.bin %> secret list --missing',
    '<%= config.bin %> secret list --expiring 30d',
    '<%= config.bin %> secret list --overdue --tag team=payments',
    '<%= config.bin %> secret list --unused 90d',
    '<%= config.bin %> secret list --scope production --deleted',
  ]
  static override flags = {
    ...optionalScopeFlags,
    ...usageFlags,
    ...factFilterFlags,
    missing: boolean({summary: 'Only those that were declared and have no value yet.'}),
    reveal: boolean({summary: 'Show the values of --scope.', dependsOn: ['scope'], exclusive: filters}),
  }

  async run() {
    const {missing, reveal, scope} = this.flags
    if (reveal) {
      const {listRevealed} = await import('../../lib/value-export/list-revealed.ts')
      const {reply, text} = await listRevealed(scope!, this.world, () => this.client())
      if (text !== '') this.log(text)
      return reply
    }
    const client = await this.client()
    const query = {limit: 1000, ...queryOf(this.flags), ...(missing ? {missing} : {})}
    let readingsSince: string | null = null
    const items = await allItems(async (cursor) => {
      const page = await client.call('secretsList', {params: {org: client.org}, query: {...query, cursor}})
      readingsSince = page.readingsSince
      return page
    })
    const unsure = unsureOf(this.flags, readingsSince, this.world.now())
    if (unsure !== null) this.warn(unsure)
    if (items.length > 0) this.log(await nameTable(items, this.world.stdoutIsTerminal, columnsOf(this.flags)))
    else if (this.world.stderrIsTerminal) this.world.stderr.write('No secrets.\n')
    return {items}
  }
}
