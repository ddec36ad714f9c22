import {boolean} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {backupArg, keeperFlags, openerFlags, passphraseFlag} from '../../lib/command/backup-flags.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dataFlags, placeFlags, startProblem} from '../../lib/command/server-flags.ts'
import {whileWaiting} from '../../lib/output/spinner.ts'

/** A passphrase shorter than this is warned of, in characters. */
const SHORT = 12

export default class ServerBackup extends PosternCommand<typeof ServerBackup> {
  static override summary = 'Write an encrypted backup of the store, while the server runs'
  static override description =
    `The backup is the store as it was at one moment, encrypted by age to recipients or with a passphrase, in this process. It reads the data folder, so run it as the server's user, on its machine; the server goes on meanwhile. The root key is in it with --with-root-key alone: without, keep the key elsewhere, since nothing in the backup opens without it. Sessions, sign-in links and replies kept for repeats stay behind.
--check reads a backup back and verifies all of it: that it is whole, every audit log, and, with the root key at hand, every signature and every value.`
  static override examples = [
    '<%= config.bin %> server backup nightly.age --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
    '<%= config.bin %> server backup nightly.age --passphrase-file /etc/postern/backup-passphrase --with-root-key',
    '<%= config.bin %> server backup - --recipients-file keepers.txt | ssh vault "cat > nightly.age"',
    '<%= config.bin %> server backup --check nightly.age --identity age-key.txt --root-key-file root.key',
  ]
  static override args = {file: backupArg}
  static override flags = {
    ...dataFlags,
    // Before those that it excludes: the usage line shows a flag with the first that names it.
    ...passphraseFlag('recipient', 'recipients-file', 'identity'),
    ...keeperFlags,
    'with-root-key': boolean({summary: 'Put the root key into the backup, too.'}),
    force: boolean({summary: 'Write over a file that is there.'}),
    check: boolean({
      exclusive: ['with-root-key', 'force'],
      summary: 'Read the backup back and verify it, and change nothing.',
    }),
    ...openerFlags,
  }

  async run() {
    const [{readSettings}, {keepersOf, openersOf}] = await Promise.all([
      import('../../server/settings.ts'),
      import('../../lib/backup/keys.ts'),
    ])
    const {world, flags} = this
    const {file} = this.args
    try {
      const {settings} = readSettings(placeFlags(flags), world.env)
      if (flags.check) return await this.check(file, await openersOf(flags, world), settings)
      if (flags.identity !== undefined)
        throw new PosternError('usage', '--identity opens a backup: it goes with --check.', {
          next: 'To make one, give the recipient: --recipient age1…',
        })
      const [{checkPipe, WHICH, writeBackup}, {checkFree}] = await Promise.all([
        import('../../lib/backup/file.ts'),
        import('../../lib/command/archive-file.ts'),
      ])
      checkPipe(file, this.jsonEnabled(), world)
      if (file !== '-') await checkFree(file, flags.force, WHICH)
      const keepers = await keepersOf(flags, world)
      if ('passphrase' in keepers && keepers.passphrase.length < SHORT)
        this.warn(`a passphrase of fewer than ${SHORT} characters can be guessed by who has the file`)
      const [{makeBackup}, {encrypted}] = await Promise.all([
        import('../../server/backup/make.ts'),
        import('../../lib/backup/encryption.ts'),
      ])
      const withRootKey = flags['with-root-key'] === true
      const backup = await makeBackup({
        places: settings,
        withRootKey,
        version: this.config.version,
        now: world.now(),
      })
      try {
        const {time, rootKeyId, text} = backup
        const writing = writeBackup(file, encrypted(text, keepers), {force: flags.force, world})
        const bytes = await whileWaiting(world, writing, 'the backup')
        const say =
          file === '-' ? (line: string) => void world.stderr.write(`${line}\n`) : (line: string) => this.log(line)
        say(
          `Backed up ${settings.database?.place ?? settings.data} as it was at ${time}: ${backup.rows()} rows, ${bytes} bytes.`,
        )
        say(
          withRootKey
            ? `The root key ${rootKeyId} is in it: who decrypts it has every value.`
            : `It needs the root key ${rootKeyId}, which is not in it: keep that key elsewhere.`,
        )
        return {file, time, rows: backup.rows(), bytes, rootKeyId, withRootKey}
      } finally {
        await backup.close()
      }
    } catch (error) {
      throw startProblem(error)
    }
  }

  private async check(
    file: string,
    openers: import('../../lib/backup/encryption.ts').Openers,
    {data, rootKeyFile}: {data: string; rootKeyFile: string | undefined},
  ) {
    const [{checkBackup}, {decrypted}, {backupBytes}, {holds, verifiedText}] = await Promise.all([
      import('../../server/backup/check.ts'),
      import('../../lib/backup/encryption.ts'),
      import('../../lib/backup/file.ts'),
      import('../../lib/output/verified.ts'),
    ])
    const bytes = decrypted(backupBytes(file, this.world), openers)
    const checking = checkBackup({data, rootKeyFile, version: this.config.version, bytes})
    const checked = await whileWaiting(this.world, checking, 'the check')
    const {header, rows, hasRootKey} = checked
    this.log(
      `Whole: ${rows} rows, as of ${header.time}, made by Postern ${header.program} (${header.engine}, ${header.schema}).`,
    )
    this.log(`It needs the root key ${header.rootKeyId}, which is ${hasRootKey ? '' : 'not '}in it.`)
    for (const line of verifiedText(checked)) this.log(line)
    if (holds(checked)) return checked
    const problem = new PosternError('failed', 'Something in the backup does not hold.', {
      next: 'Look for an earlier backup in which it does.',
    })
    return {...checked, ...(await this.endWith(problem))}
  }
}
