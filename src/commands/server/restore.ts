import {boolean} from '@oclif/core/flags'
import {backupArg, openerFlags, passphraseFlag} from '../../lib/command/backup-flags.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag} from '../../lib/command/flags.ts'
import {dataFlags, placeFlags, quoted, startProblem} from '../../lib/command/server-flags.ts'
import {whileWaiting} from '../../lib/output/spinner.ts'

export default class ServerRestore extends PosternCommand<typeof ServerRestore> {
  static override summary = 'Make the store of a backup in an empty data folder'
  static override description =
    `The folder must hold no store, and no server may run on it. The store is verified before it takes its place: every audit log with its signatures, and that every value opens. So it needs the root key: root.key in the folder, --root-key-file, or the backup itself. Each audit log gets an entry that says from when the backup is.
Tokens that were revoked since then are valid again, and clients that saw later entries report that the log went back.`
  static override examples = [
    '<%= config.bin %> server restore nightly.age --data /var/lib/postern --identity age-key.txt --root-key-file root.key',
    '<%= config.bin %> server restore nightly.age --data /tmp/drill --identity age-key.txt --dry-run',
  ]
  static override args = {file: backupArg}
  static override flags = {
    ...dataFlags,
    ...openerFlags,
    ...passphraseFlag('identity'),
    'keep-damaged': boolean({summary: 'Take it though values do not open or a log does not verify.'}),
    ...dryRunFlag,
  }

  async run() {
    const [{readSettings}, {openersOf}, {decrypted}, {backupBytes}, {restoreBackup}, {verifiedText}] =
      await Promise.all([
        import('../../server/settings.ts'),
        import('../../lib/backup/keys.ts'),
        import('../../lib/backup/encryption.ts'),
        import('../../lib/backup/file.ts'),
        import('../../server/backup/restore.ts'),
        import('../../lib/output/verified.ts'),
      ])
    const {world, flags} = this
    const dryRun = flags['dry-run']
    try {
      const {settings} = readSettings(placeFlags(flags), world.env)
      const {data, rootKeyFile, database} = settings
      const where = database === null ? data : `the database ${database.place}`
      const openers = await openersOf(flags, world)
      const restoring = restoreBackup({
        places: settings,
        version: this.config.version,
        bytes: decrypted(backupBytes(this.args.file, world), openers),
        dryRun,
        keepDamaged: flags['keep-damaged'],
      })
      const restored = await whileWaiting(world, restoring, 'the restore')
      const {header, rows} = restored
      this.log(
        dryRun
          ? `[dry-run] would restore ${rows} rows into ${where}, as of ${header.time}.`
          : `Restored ${rows} rows into ${where}, as of ${header.time}.`,
      )
      for (const line of verifiedText(restored)) this.log(line)
      if (dryRun) return {...restored, dryRun}
      for (const warning of warnings(header.time)) this.warn(warning)
      const {bin} = this.config
      const keyFlag = rootKeyFile === undefined ? '' : ` --root-key-file ${quoted(rootKeyFile)}`
      const urlFlag = database === null ? '' : '   (with POSTERN_DATABASE_URL or --database-url as it was here)'
      const next = `${bin} server start --data ${quoted(data)}${keyFlag}${urlFlag}`
      this.log(`Next: ${next}`)
      return {...restored, warnings: warnings(header.time), next}
    } catch (error) {
      throw startProblem(error)
    }
  }
}

/** What a restore brings back, though nobody may want it. */
const warnings = (time: string): string[] => [
  `what was revoked, rotated, locked or purged after ${time} is as it was before: look through postern token list and postern policy show`,
  `a client that saw later entries reports "rolled-back" at postern audit verify: the restore's own entry says why`,
]
