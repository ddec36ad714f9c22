import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {revealFlag} from '../../lib/command/file-flags.ts'
import {keyArg, scopeFlags, sealFlag} from '../../lib/command/flags.ts'
import {writtenLine} from '../../lib/output/written.ts'

export default class SecretEdit extends PosternCommand<typeof SecretEdit> {
  static override summary = 'Open a secret in your editor, and set it to what you save'
  static override description =
    'VISUAL, EDITOR or vi opens it in a file of a private folder in memory, which is gone afterwards. To open it needs secrets.reveal, and is in the audit log; on a terminal it asks, elsewhere it needs --reveal. If somebody else sets it meanwhile, yours is not lost: you are asked. An editor that ends with anything but 0 changes nothing (in vi, :cq). Fields are edited as JSON; a name without a value begins empty.'
  static override examples = [
    '<%= config.bin %> secret edit --scope production DB_PASSWORD',
    'EDITOR="code --wait" <%= config.bin %> secret edit --scope production SERVICE_ACCOUNT',
    'EDITOR="sed -i s/db1/db2/" <%= config.bin %> secret edit --scope production DB_URL --reveal',
  ]
  static override args = {key: keyArg}
  static override flags = {
    ...scopeFlags,
    ...revealFlag,
    ...sealFlag,
    'allow-empty': boolean({summary: 'Accept an empty value.'}),
  }

  async run() {
    const {flags, world} = this
    const {scope} = flags
    const {key} = this.args
    const {editSecret} = await import('../../lib/value-edit/edit.ts')
    const {written, version, newlineDropped} = await editSecret({
      client: await this.client(),
      scope,
      key,
      flags,
      world,
      warn: (text) => void this.warn(text),
    })
    if (written !== null) this.log(writtenLine(written, newlineDropped))
    else
      this.log(
        version === 0
          ? `Nothing was set: what you saved is empty.`
          : `Nothing changed: ${key} in ${scope} stays at version ${version}`,
      )
    return written === null ? {key, scope, version, changed: false} : {...written, newlineDropped}
  }
}
