import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {exportedFlag, exportFormatFlag, revealFlag} from '../../lib/command/file-flags.ts'
import {optionalScopeFlags} from '../../lib/command/flags.ts'

export default class SecretExport extends PosternCommand<typeof SecretExport> {
  static override enableJsonFlag = false
  static override summary = 'Write the secrets of a scope, or the values of an environment, to a file'
  static override description =
    'As their readers get them. It needs the permission secrets.reveal, and is in the audit log. On a terminal it asks; elsewhere it needs --reveal. A file is its owner’s alone (0600), and is refused where git would take it. What a format cannot hold is named by its key, and then nothing is written. For $GITHUB_ENV, each line is masked in the log first.'
  static override examples = [
    '<%= config.bin %> secret export --scope production --format dotenv --out .env',
    '<%= config.bin %> secret export --environment my-saas/prod --format json --out - --reveal',
    '<%= config.bin %> secret export --scope production --format github --out "$GITHUB_ENV" --reveal',
    '<%= config.bin %> secret export --scope production --out secrets/ --reveal',
  ]
  static override flags = {
    ...optionalScopeFlags,
    ...exportedFlag,
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
    const {out, format} = flags
    const warn = (text: string) => void this.warn(text)
    const [{isFolder, writeOut}, {requireIgnored}, {consentToReveal}, {nameOf, revealed}] = await Promise.all([
      import('../../lib/value-export/write.ts'),
      import('../../lib/value-export/ignored.ts'),
      import('../../lib/value-export/consent.ts'),
      import('../../lib/value-export/revealed.ts'),
    ])
    const from = await this.from()
    if (format === 'github' && (out === '-' || isFolder(out)))
      throw new PosternError('usage', '--format github adds to the file of a runner.', {next: '--out "$GITHUB_ENV"'})
    if (out !== '-') requireIgnored(out)
    const where = out === '-' ? '' : ` to ${out}`
    await consentToReveal(`Reveal all values of ${nameOf(from)}${where}?`, flags.reveal, world)
    const leaving = await revealed(await this.client(), from, warn)
    if (leaving.length === 0) throw new PosternError('not_found', `${nameOf(from)} has no values to write.`)
    await writeOut(leaving, {format, out, world, warn})
    for (const {bytes} of leaving) bytes.fill(0)
    if (world.stderrIsTerminal && out !== '-') world.stderr.write(`Wrote ${leaving.length} values${where}\n`)
  }

  private async from() {
    const {environment, scope} = this.flags
    if (environment !== undefined) return {environment}
    const {scopeHere} = await import('../../lib/project/scope-here.ts')
    const found = scope ?? (await scopeHere())
    if (found !== undefined) return {scope: found}
    throw new PosternError('usage', 'Say what to write out: --scope SCOPE or --environment ENV.')
  }
}
