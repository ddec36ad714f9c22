import {PosternCommand} from '../../lib/command/base.ts'
import {environmentArg} from '../../lib/command/environment-flags.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {bindingTable} from '../../lib/output/bindings.ts'

export default class EnvironmentShow extends PosternCommand<typeof EnvironmentShow> {
  static override summary = 'Show what feeds an environment: its own bindings, and those that its collections lend it'
  static override examples = ['<%= config.bin %> environment show my-saas/prod']
  static override args = {env: environmentArg}
  static override flags = orgFlag

  async run() {
    const {env: environment} = this.args
    const client = await this.client()
    const shown = await client.call('environmentsShow', {params: {org: client.org}, query: {environment}})
    const bindings = [...shown.own.map((own) => ({environment, ...own})), ...shown.lent]
    if (bindings.length > 0) this.log(await bindingTable(bindings, this.world.stdoutIsTerminal))
    else if (this.world.stderrIsTerminal)
      this.world.stderr.write(`Nothing feeds it yet: postern environment bind ${environment} --scope SCOPE\n`)
    return shown
  }
}
