import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {fromWire} from '../../client/wire-value.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {exportFormatFlag, revealFlag} from '../../lib/command/file-flags.ts'
import {scopeFlags} from '../../lib/command/flags.ts'

export default class SecretExport extends PosternCommand<typeof SecretExport> {
  static override enableJsonFlag = false
  static override summary = 'Write the secrets of a scope to a file, as their readers get them'
  static override description =
    'It needs the permission secrets.reveal, and is in the audit log. On a terminal it asks; elsewhere it needs --reveal. A file is its owner’s alone (0600), and is refused where git would take it. What a format cannot hold is named by its key, and then nothing is written. For $GITHUB_ENV, each line is masked in the log first.'
  static override examples = [
    '<%= config.bin %> secret export --scope production --format dotenv --out .env',
    '<%= config.bin %> secret export --scope production --format github --out "$GITHUB_ENV" --reveal',
    '<%= config.bin %> secret export --scope production --out secrets/ --reveal',
  ]
  static override flags = {
    ...scopeFlags,
    ...exportFormatFlag,
    out: string({
      helpValue: 'PATH',
      required: true,
      summary: 'Where it goes: a file, a folder (a file for each key), or - for stdout.',
    }),
    ...revealFlag,
  }

  async run() {
    const {flags, world} = this
    const {scope, out, format, reveal} = flags
    const [{isFolder, writeOut}, {requireIgnored}, {consentToReveal}] = await Promise.all([
      import('../../lib/value-export/write.ts'),
      import('../../lib/value-export/ignored.ts'),
      import('../../lib/value-export/consent.ts'),
    ])
    if (format === 'github' && (out === '-' || isFolder(out)))
      throw new PosternError('usage', '--format github adds to the file of a runner.', {next: '--out "$GITHUB_ENV"'})
    if (out !== '-') requireIgnored(out)
    await consentToReveal(`Reveal all secrets of ${scope}${out === '-' ? '' : ` to ${out}`}?`, reveal, world)
    const client = await this.client()
    const {items} = await client.call('secretsReveal', {params: {org: client.org}, query: {scope}})
    const lasting = items.filter(({type}) => type !== 'totp')
    for (const {key, type} of items)
      if (type === 'totp') this.warn(`${key} is left out: it gives another code each time.`)
    if (lasting.length === 0) throw new PosternError('not_found', `${scope} has no secrets with a value.`)
    const leaving = lasting.map(({key, value}) => ({key, bytes: fromWire(value)}))
    await writeOut(leaving, {format, out, world, warn: (text) => this.warn(text)})
    for (const {bytes} of leaving) bytes.fill(0)
    if (world.stderrIsTerminal && out !== '-') world.stderr.write(`Wrote ${leaving.length} secrets to ${out}\n`)
  }
}
