import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, orgFlag, scopeArg, yesFlag} from '../../lib/command/flags.ts'
import {extentText, referencesLeft} from '../../lib/output/extent.ts'

export default class ScopeDelete extends PosternCommand<typeof ScopeDelete> {
  static override summary = 'Delete a scope'
  static override description =
    'One that holds something, or has scopes below it, is refused without --recursive; with it, each secret and variable is deleted as by its own command. Asks on a terminal; elsewhere it needs --yes.'
  static override examples = [
    '<%= config.bin %> scope delete old/staging',
    '<%= config.bin %> scope delete old --recursive --dry-run',
    '<%= config.bin %> scope delete old --recursive --yes',
  ]
  static override args = {scope: scopeArg}
  static override flags = {
    ...orgFlag,
    recursive: boolean({char: 'r', summary: 'Delete what it holds, and all scopes below it, too.'}),
    ...dryRunFlag,
    ...yesFlag,
  }

  async run() {
    const {recursive = false, yes, 'dry-run': onlyTry} = this.flags
    const {scope} = this.args
    if (!onlyTry) requireYes(yes, this.world)
    const client = await this.client()
    const ask = (dryRun: boolean) =>
      client.call('scopesDelete', {params: {org: client.org}, query: {scope, recursive, dryRun}})
    if (onlyTry) {
      const reply = await ask(true)
      this.log(`[dry-run] would delete scope ${scope} (${extentText(reply)})`)
      if (reply.referencedBy > 0) this.warn(referencesLeft(reply.referencedBy))
      return {...reply, dryRun: true}
    }
    if (!yes && canAsk(this.world)) await confirm(`Delete scope ${scope} (${extentText(await ask(true))})?`, this.world)
    const reply = await ask(false)
    this.log(`Deleted scope ${scope} (${extentText(reply)})`)
    if (reply.referencedBy > 0) this.warn(referencesLeft(reply.referencedBy))
    return reply
  }
}
