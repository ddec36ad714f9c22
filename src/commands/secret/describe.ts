import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {factFlags, factsIn} from '../../lib/command/fact-flags.ts'
import {dryRunFlag, keyArg, scopeFlags} from '../../lib/command/flags.ts'
import {changeText, factTable} from '../../lib/output/facts.ts'

export default class SecretDescribe extends PosternCommand<typeof SecretDescribe> {
  static override summary = 'Show the facts about a secret, or change them without its value'
  static override description =
    'Without a fact to change, it shows what is known: owner, note, expiry, rotation, tags, and who read it last. The server warns of nothing and ends nothing by itself: secret list --expiring, --overdue, --unused and --tag find them.'
  static override examples = [
    '<%= config.bin %> secret describe --scope production DB_PASSWORD',
    '<%= config.bin %> secret describe --scope production DB_PASSWORD --owner payments --rotate-every 90d',
    '<%= config.bin %> secret describe --scope production TLS_KEY --expires 2027-01-31 --tag team=web --tag tier=1',
    "<%= config.bin %> secret describe --scope production TLS_KEY --note '' --untag tier",
  ]
  static override args = {key: keyArg}
  static override flags = {...scopeFlags, ...factFlags, ...dryRunFlag}

  async run(): Promise<object> {
    const {scope, 'dry-run': dryRun} = this.flags
    const {key} = this.args
    const body = factsIn(this.flags, this.world.now())
    if (body === null && dryRun) throw new PosternError('usage', '--dry-run shows a change, and none is asked for.')
    const client = await this.client()
    const params = {org: client.org, key}
    if (body === null) {
      const facts = await client.call('secretsFacts', {params, query: {scope}})
      this.log(await factTable(facts, this.world.now(), this.world.stdoutIsTerminal))
      return facts
    }
    const reply = await client.call('secretsDescribe', {params, query: {scope, dryRun}, body})
    const done = dryRun
      ? `[dry-run] would describe ${key} in ${scope}: ${changeText(body)}`
      : `Described ${key} in ${scope}`
    this.log(reply.changed ? done : `Nothing changed: ${key} in ${scope} is described so already`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
