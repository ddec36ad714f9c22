import {string} from '@oclif/core/args'
import {allItems} from '../../lib/command/all-pages.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {optionalScopeFlags} from '../../lib/command/flags.ts'
import {searchPattern} from '../../lib/command/list-flags.ts'
import {nameTable} from '../../lib/output/names.ts'

export default class SecretFind extends PosternCommand<typeof SecretFind> {
  static override summary = 'Find secrets by name, in every scope that you may see'
  static override description =
    'PATTERN is part of a key, or, with * for any text or ? for one character, all of it. With a slash it is held against SCOPE/KEY, where * goes over slashes too. Case does not matter. What is not found is no error.'
  static override examples = [
    '<%= config.bin %> secret find password',
    "<%= config.bin %> secret find 'STRIPE_*'",
    "<%= config.bin %> secret find 'production/*_KEY'",
    '<%= config.bin %> secret find token --scope my-saas',
  ]
  static override args = {
    pattern: string({
      required: true,
      ignoreStdin: true,
      description: 'Part of a name, or a glob; quote it, so that the shell leaves it alone.',
      parse: searchPattern,
    }),
  }
  static override flags = optionalScopeFlags

  async run() {
    const {scope} = this.flags
    const client = await this.client()
    const within = scope === undefined ? {} : {scope, recursive: true}
    const query = {limit: 1000, match: this.args.pattern, ...within}
    const items = await allItems((cursor) =>
      client.call('secretsList', {params: {org: client.org}, query: {...query, cursor}}),
    )
    if (items.length > 0) this.log(await nameTable(items, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal) this.world.stderr.write('No secret has such a name.\n')
    return {items}
  }
}
