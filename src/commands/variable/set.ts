import {boolean} from '@oclif/core/flags'
import {toWire} from '../../client/wire-value.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, expectVersionFlag, keyArg, scopeFlags} from '../../lib/command/flags.ts'
import {wouldSet, writtenLine} from '../../lib/output/written.ts'
import {choose} from '../../lib/value-input/choose.ts'
import {valueFlags} from '../../lib/value-input/flags.ts'
import {readValue} from '../../lib/value-input/read-value.ts'

const lockFlags = {
  locked: boolean({summary: 'Make it immutable from the dashboard; later sets keep that.', exclusive: ['unlock']}),
  unlock: boolean({summary: 'Let the dashboard change it again.', exclusive: ['locked']}),
}

export default class VariableSet extends PosternCommand<typeof VariableSet> {
  static override summary = 'Set a variable from a prompt, a pipe, a file or the environment'
  static override description =
    'A value is read from stdin, or asked for on a terminal, unless a flag says otherwise. Those who may read the variable see it.'
  static override examples = [
    '<%= config.bin %> variable set --scope production LOG_LEVEL --value debug',
    '<%= config.bin %> variable set --scope production CA_BUNDLE --from-file ca.pem',
    'git rev-parse HEAD | <%= config.bin %> variable set --scope production RELEASE',
    '<%= config.bin %> variable set --scope production REGION --from-env AWS_REGION --locked',
  ]
  static override args = {key: keyArg}
  static override flags = {...scopeFlags, ...valueFlags, ...expectVersionFlag, ...lockFlags, ...dryRunFlag}

  async run(): Promise<object> {
    const {scope, 'dry-run': dryRun, 'expect-version': expectVersion, locked, unlock} = this.flags
    const {key} = this.args
    const source = choose(this.flags, this.world)
    const client = dryRun ? null : await this.client()
    const {value, dropped} = await readValue(source, key, this.world, (text) => this.warn(text))
    if (client === null) {
      const {line, result} = wouldSet(key, scope, value)
      this.log(line)
      return result
    }
    const written = await client.call('variablesSet', {
      params: {org: client.org, key},
      query: {scope},
      body: {value: toWire(value.bytes()), expectVersion, locked: locked ? true : unlock ? false : undefined},
    })
    value.wipe()
    this.log(writtenLine(written, dropped !== null))
    return {...written, newlineDropped: dropped !== null}
  }
}
