import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {environmentArg} from '../../lib/command/environment-flags.ts'
import {dryRunFlag, orgFlag, yesFlag} from '../../lib/command/flags.ts'

export default class EnvironmentDelete extends PosternCommand<typeof EnvironmentDelete> {
  static override summary = 'Delete an environment and its bindings; no secret goes with it'
  static override description =
    'One that valid tokens are bound to is refused: revoke them first. Environments below it stay. Asks on a terminal; elsewhere it needs --yes.'
  static override examples = ['<%= config.bin %> environment delete my-saas/dev --yes']
  static override args = {env: environmentArg}
  static override flags = {...orgFlag, ...dryRunFlag, ...yesFlag}

  async run() {
    const {yes, 'dry-run': onlyTry} = this.flags
    const {env: environment} = this.args
    if (!onlyTry) requireYes(yes, this.world)
    const client = await this.client()
    const ask = (dryRun: boolean) =>
      client.call('environmentsDelete', {params: {org: client.org}, query: {environment, dryRun}})
    const named = ({bindings}: {bindings: number}) =>
      `environment ${environment} and its ${bindings} ${bindings === 1 ? 'binding' : 'bindings'}`
    if (!onlyTry && !yes && canAsk(this.world)) await confirm(`Delete ${named(await ask(true))}?`, this.world)
    const reply = await ask(onlyTry)
    this.log(`${onlyTry ? '[dry-run] would delete' : 'Deleted'} ${named(reply)}`)
    return {...reply, ...(onlyTry ? {dryRun: true} : {})}
  }
}
