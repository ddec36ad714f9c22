import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, newScopeArg, orgFlag, scopeArg, yesFlag} from '../../lib/command/flags.ts'
import {tokensLeft} from '../../lib/command/tokens-left.ts'
import {extentText, referencesLeft} from '../../lib/output/extent.ts'

export default class ScopeRename extends PosternCommand<typeof ScopeRename> {
  static override summary = 'Rename a scope and all below it'
  static override description =
    'Versions, their numbers and dates, locks and facts stay; every version is encrypted anew, in one transaction, while other writes wait. Above 10000 versions it is refused, and so is a name that is taken. What names the old scope (a token’s binding, a script) is left as it is. Asks on a terminal; elsewhere it goes ahead, unless tokens are bound to the old name: then it needs --yes.'
  static override examples = [
    '<%= config.bin %> scope rename staging production',
    '<%= config.bin %> scope rename my-saas/prod my-saas/eu/prod --dry-run',
  ]
  static override args = {scope: scopeArg, to: newScopeArg}
  static override flags = {...orgFlag, ...dryRunFlag, ...yesFlag}

  async run() {
    const {yes, 'dry-run': onlyTry} = this.flags
    const {scope, to} = this.args
    const client = await this.client()
    const ask = (dryRun: boolean) =>
      client.call('scopesRename', {params: {org: client.org}, query: {scope, dryRun}, body: {to}})
    const warnOf = async (count: number) => {
      if (count > 0) this.warn(await tokensLeft(client, scope, count, this.world.now()))
    }
    const warnOfReferences = (count: number) => {
      if (count > 0) this.warn(referencesLeft(count))
    }
    const plan = onlyTry || yes ? null : await ask(true)
    if (plan !== null) {
      await warnOf(plan.tokensLeft)
      warnOfReferences(plan.referencedBy)
      if (plan.tokensLeft > 0) requireYes(yes, this.world)
      if (canAsk(this.world)) await confirm(`Rename scope ${scope} to ${to} (${extentText(plan)})?`, this.world)
    }
    const reply = await ask(onlyTry)
    this.log(`${onlyTry ? '[dry-run] would rename' : 'Renamed'} scope ${scope} to ${to} (${extentText(reply)})`)
    if (plan === null) {
      await warnOf(reply.tokensLeft)
      warnOfReferences(reply.referencedBy)
    }
    return {...reply, ...(onlyTry ? {dryRun: true} : {})}
  }
}
