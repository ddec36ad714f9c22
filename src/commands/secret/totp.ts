import {PosternCommand} from '../../lib/command/base.ts'
import {keyArg, orgFlag, scopeArg} from '../../lib/command/flags.ts'

export default class SecretTotp extends PosternCommand<typeof SecretTotp> {
  static override summary = 'Print the code of the moment of a secret that makes codes'
  static override description =
    'The server computes it: what makes it is given to nobody. Each code is in the audit log. On a terminal, stderr says for how long it is the one.'
  static override examples = ['<%= config.bin %> secret totp production GITHUB_2FA']
  static override args = {scope: scopeArg, key: keyArg}
  static override flags = orgFlag

  async run() {
    const {scope, key} = this.args
    const client = await this.client()
    const reply = await client.call('secretsTotp', {params: {org: client.org, key}, query: {scope}})
    this.log(reply.code)
    if (this.world.stderrIsTerminal && !this.jsonEnabled())
      this.world.stderr.write(`It is the one for ${reply.remaining} s.\n`)
    return {key, scope, ...reply}
  }
}
