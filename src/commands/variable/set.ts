import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, expectVersionFlag, keyArg, scopeFlags, sealFlag} from '../../lib/command/flags.ts'
import {setValue} from '../../lib/command/set-value.ts'
import {valueFlags} from '../../lib/value-input/flags.ts'

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
  static override flags = {...scopeFlags, ...valueFlags, ...sealFlag, ...expectVersionFlag, ...lockFlags, ...dryRunFlag}

  async run(): Promise<object> {
    const {flags, world} = this
    const {line, result} = await setValue({
      route: 'variablesSet',
      key: this.args.key,
      flags,
      more: {locked: flags.locked ? true : flags.unlock ? false : undefined},
      world,
      client: () => this.client(),
      warn: (text) => this.warn(text),
    })
    this.log(line)
    return result
  }
}
