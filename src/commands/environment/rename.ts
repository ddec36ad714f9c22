import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm} from '../../lib/command/confirm.ts'
import {environmentArg, newEnvironmentArg} from '../../lib/command/environment-flags.ts'
import {dryRunFlag, orgFlag, yesFlag} from '../../lib/command/flags.ts'

export default class EnvironmentRename extends PosternCommand<typeof EnvironmentRename> {
  static override summary = 'Rename an environment and all below it'
  static override description =
    'Bindings stay, and tokens that are bound to it stay so. What its collections lend it follows from its new name. Asks on a terminal; elsewhere it goes ahead.'
  static override examples = ['<%= config.bin %> environment rename my-saas/dev my-saas/staging']
  static override args = {env: environmentArg, to: newEnvironmentArg}
  static override flags = {...orgFlag, ...dryRunFlag, ...yesFlag}

  async run() {
    const {yes, 'dry-run': onlyTry} = this.flags
    const {env: environment, to} = this.args
    const client = await this.client()
    const ask = (dryRun: boolean) =>
      client.call('environmentsRename', {params: {org: client.org}, query: {environment, dryRun}, body: {to}})
    const named = ({environments}: {environments: number}) =>
      `environment ${environment} to ${to}${environments > 1 ? ` (with ${environments - 1} below it)` : ''}`
    if (!onlyTry && !yes && canAsk(this.world)) await confirm(`Rename ${named(await ask(true))}?`, this.world)
    const reply = await ask(onlyTry)
    this.log(`${onlyTry ? '[dry-run] would rename' : 'Renamed'} ${named(reply)}`)
    return {...reply, ...(onlyTry ? {dryRun: true} : {})}
  }
}
