import {PosternCommand} from '../../lib/command/base.ts'
import {keyArg, scopeFlags} from '../../lib/command/flags.ts'
import {table} from '../../lib/output/table.ts'

export default class SecretReferences extends PosternCommand<typeof SecretReferences> {
  static override summary = 'List the secrets that refer to a secret, by its name or by its id'
  static override description =
    'What refers to a secret cannot be resolved once that is deleted, purged or renamed; one that refers to the id outlives a new name.'
  static override examples = ['<%= config.bin %> secret references --scope production DB']
  static override args = {key: keyArg}
  static override flags = scopeFlags

  async run() {
    const {scope} = this.flags
    const {key} = this.args
    const client = await this.client()
    const reply = await client.call('secretsReferences', {params: {org: client.org, key}, query: {scope}})
    const rows = reply.items.map((one) => [one.scope, one.key, one.field ?? ''])
    if (rows.length > 0) this.log(await table(['scope', 'key', 'field'], rows, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal)
      this.world.stderr.write(
        `No secret refers to it. One may by \${secret.${scope}/${key}} or \${secret.id:${reply.id}}.\n`,
      )
    return {key, scope, ...reply}
  }
}
