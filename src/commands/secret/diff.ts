import {boolean} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {valueFileFlags} from '../../lib/command/file-flags.ts'
import {scopeFlags} from '../../lib/command/flags.ts'
import {comparedText} from '../../lib/output/compared.ts'

export default class SecretDiff extends PosternCommand<typeof SecretDiff> {
  static override summary = 'Show what a file of secrets would change in a scope'
  static override description =
    'The server compares, and answers same, different or absent: it gets the SHA-256 of each value, and nothing of a stored one leaves it. Since that tells whether a guess is right, it is in the audit log, and is answered ten times a minute.'
  static override examples = [
    '<%= config.bin %> secret diff --scope production --file .env',
    'sops -d secrets.yaml | <%= config.bin %> secret diff --scope production --file - --check',
  ]
  static override flags = {
    ...scopeFlags,
    ...valueFileFlags,
    check: boolean({summary: 'Exit 1 if the file and the scope differ.'}),
  }

  async run() {
    const {flags, world} = this
    const {readValueFile} = await import('../../lib/value-file/read.ts')
    const {compareWith} = await import('../../lib/value-file/compare.ts')
    const values = await readValueFile(flags, world, (text) => this.warn(text))
    const items = await compareWith(await this.client(), flags.scope, values)
    const differs = items.some(({state}) => state !== 'same')
    this.log(await comparedText(items, false, world.stdoutIsTerminal))
    const result = {scope: flags.scope, differs, items}
    return flags.check && differs ? {...result, ...(await this.endWith(drift()))} : result
  }
}

const drift = () =>
  new PosternError('failed', 'The scope does not hold what the file says.', {
    next: 'postern secret import --scope SCOPE --file FILE',
  })
