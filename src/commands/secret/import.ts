import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {valueFileFlags} from '../../lib/command/file-flags.ts'
import {dryRunFlag, scopeFlags, sealFlag, yesFlag} from '../../lib/command/flags.ts'

export default class SecretImport extends PosternCommand<typeof SecretImport> {
  static override summary = 'Bring a file of secrets in: .env, JSON or YAML, all or nothing'
  static override description =
    'Shows what would change and asks; elsewhere than on a terminal it needs --yes, and then does not compare first. All is written in one step, and only if nothing of it was changed since it was shown. A line that cannot be taken is named by its number, and then nothing is.'
  static override examples = [
    '<%= config.bin %> secret import --scope production --file .env',
    '<%= config.bin %> secret import --scope production --file .env --prune --dry-run',
    'sops -d secrets.yaml | <%= config.bin %> secret import --scope production --file - --yes',
  ]
  static override flags = {
    ...scopeFlags,
    ...valueFileFlags,
    prune: boolean({summary: 'Delete the secrets of the scope that the file does not have.'}),
    ...sealFlag,
    ...dryRunFlag,
    ...yesFlag,
  }

  async run() {
    const {readValueFile} = await import('../../lib/value-file/read.ts')
    const {importValues} = await import('../../lib/value-file/import.ts')
    const {scope, prune, yes, seal, 'dry-run': dryRun} = this.flags
    const warn = (text: string) => void this.warn(text)
    const values = await readValueFile(this.flags, this.world, warn)
    const {reply, text} = await importValues(values, {
      scope,
      prune,
      yes,
      dryRun,
      seal,
      world: this.world,
      client: () => this.client(),
      warn,
    })
    this.log(text)
    return reply
  }
}
