import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {nameArg, orgFlag, yesFlag} from '../../lib/command/flags.ts'
import {tokenText} from '../../lib/command/token-text.ts'
import {tokenLine} from '../../lib/output/tokens.ts'

export default class TokenRotate extends PosternCommand<typeof TokenRotate> {
  static override summary = 'Give a token a new text; the old one ends at once'
  static override description =
    'Name, role, scopes and expiry stay. The new text is printed once, on stdout. A token that is wider than yours is refused.'
  static override examples = [
    '<%= config.bin %> token rotate ci --yes | gh secret set POSTERN_TOKEN',
    '<%= config.bin %> token rotate ann --enrol',
  ]
  static override args = {name: nameArg('the token')}
  static override flags = {
    ...orgFlag,
    ...yesFlag,
    enrol: boolean({summary: 'Print an enrolment string: URL, CA fingerprint and token in one.'}),
  }

  async run() {
    const {yes, enrol} = this.flags
    requireYes(yes, this.world)
    const client = await this.client()
    const {name} = this.args
    if (!yes && canAsk(this.world)) await confirm(`Rotate token ${name}? The old text ends at once.`, this.world)
    const {token, ...kept} = await client.call('tokensRotate', {params: {org: client.org, name}})
    const text = await tokenText(token, client, enrol)
    this.log(text)
    if (!this.jsonEnabled()) this.world.stderr.write(`Rotated ${tokenLine(kept)}. It is shown this once.\n`)
    return {...kept, ...(enrol ? {enrolment: text} : {token})}
  }
}
