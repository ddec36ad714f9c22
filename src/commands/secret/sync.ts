import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, scopeFlags} from '../../lib/command/flags.ts'

export default class SecretSync extends PosternCommand<typeof SecretSync> {
  static override summary = 'Declare the keys that a file has and a scope has not; values stay as they are'
  static override description =
    'The file is as an .env.example: KEY or KEY=… a line, # for comments; what stands behind = is not looked at. Then `secret set --missing` asks for the values.'
  static override examples = ['<%= config.bin %> secret sync --scope production --example .env.example']
  static override flags = {
    ...scopeFlags,
    example: string({helpValue: 'FILE', required: true, summary: 'The file that declares keys.'}),
    ...dryRunFlag,
  }

  async run() {
    const {scope, example, 'dry-run': dryRun} = this.flags
    const {declaredKeys} = await import('../../lib/workload/declared-keys.ts')
    const items = declaredKeys(example).map((key) => ({scope, key}))
    if (items.length === 0) throw new PosternError('usage', 'The file of --example declares no keys; nothing was done.')
    const client = await this.client()
    const reply = await client.call('secretsImport', {params: {org: client.org}, query: {dryRun}, body: {items}})
    const done = dryRun ? '[dry-run] would declare' : 'Declared'
    for (const {key, changed} of reply.items) if (changed) this.log(`${done} ${key} in ${scope}`)
    if (reply.changed === 0) this.log(`Nothing changed: ${scope} has all ${items.length} keys already`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
