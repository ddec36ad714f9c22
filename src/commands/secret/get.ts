import {fromWire} from '../../client/wire-value.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {revealFlag} from '../../lib/command/file-flags.ts'
import {keyArg, scopeFlags} from '../../lib/command/flags.ts'
import {writeValue} from '../../lib/output/value.ts'

export default class SecretGet extends PosternCommand<typeof SecretGet> {
  static override summary = 'Reveal the value of a secret'
  static override description =
    'As its readers get it: of a totp the code, of a reference the text. It needs the permission secrets.reveal, and is in the audit log. On a terminal it asks; elsewhere it needs --reveal. A pipe gets the exact bytes; a terminal a newline after them, and nothing that it would act on: such a value is shown as JSON. A command gets values without being shown them: postern run.'
  static override examples = [
    '<%= config.bin %> secret get --scope production DB_PASSWORD',
    '<%= config.bin %> secret get --scope production TLS_KEY --reveal > key.pem',
  ]
  static override args = {key: keyArg}
  static override flags = {...scopeFlags, ...revealFlag}

  async run() {
    const {flags, world} = this
    const {key} = this.args
    const {consentToReveal} = await import('../../lib/value-export/consent.ts')
    await consentToReveal(`Reveal ${key} in ${flags.scope}?`, flags.reveal, world)
    const client = await this.client()
    const {items} = await client.call('secretsReveal', {params: {org: client.org}, query: {scope: flags.scope, key}})
    const [item] = items
    if (!this.jsonEnabled()) writeValue(fromWire(item!.value), world)
    return {scope: flags.scope, ...item!}
  }
}
