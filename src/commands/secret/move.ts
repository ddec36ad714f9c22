import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, keysArg, scopeFlags, toScopeFlag} from '../../lib/command/flags.ts'
import {referencesLeft} from '../../lib/output/extent.ts'

export default class SecretMove extends PosternCommand<typeof SecretMove> {
  static override summary = 'Move secrets to another scope, without revealing them'
  static override description =
    'All or none, with every version, its number and date, and all facts; each is sealed anew on the server. Who reads the other scope reads them, so it needs secrets.grant on both scopes, secrets.write and secrets.delete. A name that is there, or was deleted there and can be restored, is refused. References by id still lead to it; those by name do not, and are counted.'
  static override examples = [
    '<%= config.bin %> secret move DB_PASSWORD --scope staging --to preview',
    '<%= config.bin %> secret move API_KEY SENTRY_DSN --scope production --to production/eu --dry-run',
  ]
  static override args = keysArg
  static override flags = {...scopeFlags, ...toScopeFlag, ...dryRunFlag}

  async run() {
    const {scope, to, 'dry-run': dryRun} = this.flags
    const client = await this.client()
    const reply = await client.call('secretsMove', {
      params: {org: client.org},
      query: {scope, dryRun},
      body: {to, keys: this.args.key},
    })
    const done = dryRun ? '[dry-run] would move' : 'Moved'
    for (const {key, version, referencedBy} of reply.items) {
      this.log(`${done} ${key} from ${scope} to ${to} (version ${version})`)
      if (referencedBy > 0) this.warn(`${key}: ${referencesLeft(referencedBy)}`)
    }
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
