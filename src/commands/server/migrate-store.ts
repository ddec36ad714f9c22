import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {yesFlag} from '../../lib/command/flags.ts'
import {dataFlags, placeFlags, quoted, startProblem} from '../../lib/command/server-flags.ts'
import {whileWaiting} from '../../lib/output/spinner.ts'
import {verifiedText} from '../../lib/output/verified.ts'

export default class ServerMigrateStore extends PosternCommand<typeof ServerMigrateStore> {
  static override summary = 'Move the store of a stopped server into a PostgreSQL database'
  static override description =
    `All rows go in one transaction; before it is committed, each is compared, every audit log is verified, and every value is tried. When anything fails, the database holds nothing and the folder is as it was. The database must be there, and empty. The audit log records the move. Afterwards the folder has the old file as postern.db.moved, and a server needs the database's URL to start.
A password does not belong in --to: give the URL in POSTERN_DATABASE_URL instead, or the password in PGPASSWORD or ~/.pgpass.`
  static override examples = [
    '<%= config.bin %> server migrate-store --to postgres://postern@db.example.com/postern --data /var/lib/postern',
  ]
  static override flags = {
    to: string({helpValue: 'URL', summary: 'The database; by default the one of POSTERN_DATABASE_URL.'}),
    data: dataFlags.data,
    'root-key-file': dataFlags['root-key-file'],
    'keep-damaged': boolean({summary: 'Move it though values do not open or a log does not verify.'}),
    ...yesFlag,
  }

  async run() {
    const [{readSettings}, {readDatabase}, {migrateStore}] = await Promise.all([
      import('../../server/settings.ts'),
      import('../../server/database.ts'),
      import('../../server/backup/migrate-store.ts'),
    ])
    const {world, flags} = this
    try {
      const {
        settings: {data, rootKeyFile},
      } = readSettings(placeFlags(flags), world.env)
      const to = readDatabase({flag: flags.to, flagName: '--to', variable: world.env.POSTERN_DATABASE_URL || undefined})
      if (to === null)
        throw new PosternError('usage', 'Where to? No database was named.', {
          next: '--to postgres://postern@db.example.com/postern, or POSTERN_DATABASE_URL',
        })
      requireYes(flags.yes, world)
      if (!flags.yes && canAsk(world)) await confirm(`Move the store of ${data} to the database ${to.place}?`, world)
      const version = this.config.version
      const moving = migrateStore({data, rootKeyFile, to, version, keepDamaged: flags['keep-damaged']})
      const moved = await whileWaiting(world, moving, 'the move')
      const {rows, place, oldFile} = moved
      this.log(`Moved ${rows} rows from ${data} to the database ${place}, and compared each.`)
      for (const line of verifiedText(moved)) this.log(line)
      this.log(`The old store is ${oldFile}: keep it until you have a backup of the database, then remove it.`)
      const keyFlag = rootKeyFile === undefined ? '' : ` --root-key-file ${quoted(rootKeyFile)}`
      const next = `${this.config.bin} server start --data ${quoted(data)}${keyFlag}`
      this.log(`Next, with POSTERN_DATABASE_URL or --database-url: ${next}`)
      return {...moved, next}
    } catch (error) {
      throw startProblem(error)
    }
  }
}
