import {boolean} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, expectVersionFlag, optionalKeyArg, scopeFlags, sealFlag} from '../../lib/command/flags.ts'
import {kindOf} from '../../lib/command/set-kind.ts'
import {setValue} from '../../lib/command/set-value.ts'
import {writtenLine} from '../../lib/output/written.ts'
import {generateFlags, valueFlags} from '../../lib/value-input/flags.ts'
import {kindFlags} from '../../lib/value-input/kind-flags.ts'

export default class SecretSet extends PosternCommand<typeof SecretSet> {
  static override summary = 'Set a secret from a prompt, a pipe, a file or the environment'
  static override description =
    'A value is read from stdin, or asked for on a terminal, unless a flag says otherwise. It is never printed, but for what --generate made with --show-once.'
  static override examples = [
    '<%= config.bin %> secret set --scope production DB_PASSWORD',
    'pass show prod/db | <%= config.bin %> secret set --scope production DB_PASSWORD',
    '<%= config.bin %> secret set --scope production TLS_KEY --from-file key.pem --no-trim',
    '<%= config.bin %> secret set --scope production DB_PASSWORD --from-env SECRET_VALUE --confirm-fingerprint $SHA',
    'pass show prod/db | <%= config.bin %> secret set --scope production DB_PASSWORD --dry-run',
    '<%= config.bin %> secret set --scope production SESSION_KEY --generate hex:32',
    'pass show prod/db | <%= config.bin %> secret set --scope production DB_PASSWORD --seal',
    '<%= config.bin %> secret set --scope production DB --template login --field-env password=DB_PASSWORD',
    '<%= config.bin %> secret set --scope production TLS_KEY --file --from-file key.p12',
    "<%= config.bin %> secret set --scope production DB_URL --reference 'postgres://app:${secret.production/DB.password}@db/app'",
    '<%= config.bin %> secret set --scope production --missing',
  ]
  static override args = {key: optionalKeyArg}
  static override flags = {
    ...scopeFlags,
    ...valueFlags,
    ...generateFlags,
    ...kindFlags,
    ...sealFlag,
    ...expectVersionFlag,
    ...dryRunFlag,
    missing: boolean({
      summary: 'Set each name of the scope that was declared without a value: ask, or read a JSON object.',
    }),
  }

  async run(): Promise<object> {
    const {flags, world} = this
    const {key} = this.args
    if (flags['show-once'] && (!world.stdoutIsTerminal || this.jsonEnabled() || flags.missing))
      throw new PosternError(
        'usage',
        '--show-once prints one value on a terminal and nowhere else; nothing was made.',
        {
          next: 'Leave out --show-once: nobody needs to hold the value.',
        },
      )
    if (flags.missing) return this.setMissing(key)
    if (key === undefined) throw new PosternError('usage', 'KEY is missing: say which secret to set.')
    const warn = (text: string) => void this.warn(text)
    const {line, result} = await setValue({
      route: 'secretsSet',
      key,
      flags,
      ...(await kindOf(flags, key, world, warn)),
      world,
      client: () => this.client(),
      warn,
    })
    this.log(line)
    return result
  }

  private async setMissing(key: string | undefined) {
    const {flags, world} = this
    if (key !== undefined || flags['dry-run'] || flags['expect-version'] !== undefined) {
      throw new PosternError('usage', '--missing takes no KEY, --dry-run or --expect-version.')
    }
    const {setMissing} = await import('../../lib/value-input/missing.ts')
    const items = await setMissing({
      scope: flags.scope,
      flags,
      world,
      client: () => this.client(),
      warn: (text) => this.warn(text),
      done: (written) => this.log(writtenLine(written, false)),
    })
    if (items.length === 0) this.log(`Nothing to set: no name in ${flags.scope} is without a value.`)
    return {items}
  }
}
