import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, nameArg, orgFlag, yesFlag} from '../../lib/command/flags.ts'
import {isOwnToken, keepOwnToken} from '../../lib/command/own-token.ts'
import {tokenText} from '../../lib/command/token-text.ts'
import {tokenLine} from '../../lib/output/tokens.ts'

export default class TokenRotate extends PosternCommand<typeof TokenRotate> {
  static override summary = 'Give a token a new text; the old one ends at once'
  static override description =
    'Name, role, scopes and expiry stay. The new text is printed once, on stdout. A token that is wider than yours is refused. Of the token in use, the profile that it came from keeps the new text by itself.'
  static override examples = [
    '<%= config.bin %> token rotate ci --yes | gh secret set POSTERN_TOKEN',
    '<%= config.bin %> token rotate ann --enrol',
  ]
  static override args = {name: nameArg('the token')}
  static override flags = {
    ...orgFlag,
    ...dryRunFlag,
    ...yesFlag,
    enrol: boolean({summary: 'Print an enrolment string: URL, CA fingerprint and token in one.'}),
  }

  async run(): Promise<object> {
    const {yes, enrol, 'dry-run': dryRun} = this.flags
    if (!dryRun) requireYes(yes, this.world)
    const client = await this.client()
    const {name} = this.args
    const own = await isOwnToken(client, name)
    const which = own ? `token ${name}, which you are signed in with` : `token ${name}`
    if (!dryRun && !yes && canAsk(this.world)) await confirm(`Rotate ${which}? The old text ends at once.`, this.world)
    const {token, ...kept} = await client.call('tokensRotate', {params: {org: client.org, name}, query: {dryRun}})
    if (token === null) {
      this.log(`[dry-run] would rotate ${tokenLine(kept)}${own ? '; you are signed in with it' : ''}`)
      return {...kept, dryRun}
    }
    const text = await tokenText(token, client, enrol)
    this.log(text)
    if (!this.jsonEnabled()) this.world.stderr.write(`Rotated ${tokenLine(kept)}. It is shown this once.\n`)
    const keptIn = own ? await keepOwnToken(token, client, this.world) : null
    return {...kept, ...(enrol ? {enrolment: text} : {token}), ...(keptIn === null ? {} : {keptIn})}
  }
}
