import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, nameArg, orgFlag, yesFlag} from '../../lib/command/flags.ts'
import {isOwnToken} from '../../lib/command/own-token.ts'
import {tokenLine} from '../../lib/output/tokens.ts'

export default class TokenRevoke extends PosternCommand<typeof TokenRevoke> {
  static override summary = 'Revoke a token for good, and end its dashboard sessions'
  static override description =
    'Takes effect with the next request on every node. Asks on a terminal; elsewhere it needs --yes. The last owner that does not expire stays.'
  static override examples = ['<%= config.bin %> token revoke ci', '<%= config.bin %> token revoke ci --yes']
  static override args = {name: nameArg('the token')}
  static override flags = {...orgFlag, ...dryRunFlag, ...yesFlag}

  async run() {
    const {yes, 'dry-run': trial} = this.flags
    if (!trial) requireYes(yes, this.world)
    const client = await this.client()
    const params = {org: client.org, name: this.args.name}
    const ask = (dryRun: boolean) => client.call('tokensRevoke', {params, query: {dryRun}})
    const own = await isOwnToken(client, this.args.name)
    const yours = own ? ', which you are signed in with' : ''
    if (trial) {
      const reply = await ask(true)
      this.log(`[dry-run] would revoke ${tokenLine(reply)}${yours}`)
      return {...reply, dryRun: true}
    }
    if (!yes && canAsk(this.world)) await confirm(`Revoke ${tokenLine(await ask(true))}${yours}?`, this.world)
    const reply = await ask(false)
    this.log(reply.changed ? `Revoked ${tokenLine(reply)}` : `Nothing changed: it was revoked at ${reply.revokedAt}`)
    if (own) this.warn('this was the token in use here. Sign in with another: postern login URL')
    return reply
  }
}
