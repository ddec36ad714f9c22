import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag, otherScopeArg, scopeArg} from '../../lib/command/flags.ts'
import {table} from '../../lib/output/table.ts'

export default class ScopeCompare extends PosternCommand<typeof ScopeCompare> {
  static override summary = 'Say which names of two scopes have the same value, and which are missing where'
  static override description =
    'Values are compared on the server and never leave it. Since it tells whether a guess is right, it needs the permission scopes.compare, is in the audit log, and is answered ten times a minute. Scopes below the two are not looked at.'
  static override examples = [
    '<%= config.bin %> scope compare staging production',
    '<%= config.bin %> scope compare staging production --json | jq -r \'.items[] | select(.state == "missing").key\'',
  ]
  static override args = {scope: scopeArg, other: otherScopeArg}
  static override flags = orgFlag

  async run() {
    const {scope, other} = this.args
    if (scope === other) throw new PosternError('usage', 'SCOPE and OTHER are the same; a comparison takes two.')
    const client = await this.client()
    const reply = await client.call('scopesCompare', {params: {org: client.org}, query: {scope, with: other}})
    const rows = reply.items.map(({kind, key, state, missingIn}) => [
      kind,
      key,
      state === 'missing' ? `missing in ${missingIn.join(' and ')}` : state,
    ])
    if (rows.length > 0) this.log(await table(['kind', 'key', 'state'], rows, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal) this.world.stderr.write('Neither scope holds anything.\n')
    return reply
  }
}
