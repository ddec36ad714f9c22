import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, keysArg, scopeFlags, toScopeFlag} from '../../lib/command/flags.ts'

export default class SecretCopy extends PosternCommand<typeof SecretCopy> {
  static override summary = 'Copy secrets to another scope, without revealing them'
  static override description =
    'All or none, sealed anew on the server. Who reads the other scope reads them, so it needs secrets.grant on both scopes, and secrets.write. What people noted beside them (owner, expiry, tags) stays behind, as do earlier versions.'
  static override examples = [
    '<%= config.bin %> secret copy DB_PASSWORD --scope staging --to preview',
    '<%= config.bin %> secret copy API_KEY SENTRY_DSN --scope production --to production/eu --overwrite',
  ]
  static override args = keysArg
  static override flags = {
    ...scopeFlags,
    ...toScopeFlag,
    overwrite: boolean({summary: 'Give a name that has a value there another version.'}),
    ...dryRunFlag,
  }

  async run() {
    const {scope, to, overwrite, 'dry-run': dryRun} = this.flags
    const client = await this.client()
    const reply = await client.call('secretsCopy', {
      params: {org: client.org},
      query: {scope, dryRun},
      body: {to, keys: this.args.key, ...(overwrite ? {overwrite} : {})},
    })
    const done = dryRun ? '[dry-run] would copy' : 'Copied'
    for (const {key, version, same} of reply.items) {
      if (same === true) this.log(`Nothing changed: ${key} has this value in ${to} (version ${version})`)
      else this.log(`${done} ${key} from ${scope} to ${to} (version ${version})`)
    }
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
