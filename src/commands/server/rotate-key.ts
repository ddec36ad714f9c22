import type {Interfaces} from '@oclif/core'
import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {orgFlag, yesFlag} from '../../lib/command/flags.ts'
import {rotateDataKey} from '../../lib/command/rotate-data-key.ts'
import {quoted, startProblem} from '../../lib/command/server-flags.ts'
import {keysText, REPLACED_ROWS_STAY, rotationText} from '../../lib/output/keys.ts'
import type {AuthorityRotated} from '../../server/rotate-authority.ts'
import type {RootRotated} from '../../server/rotate-root-key.ts'

const one = {exactlyOne: ['data', 'root', 'authority', 'status']}

/** Works on the folder of a stopped server. */
const offline = {relationships: [{type: 'some', flags: ['root', 'authority']}]} satisfies Pick<
  Interfaces.OptionFlag<string>,
  'relationships'
>

// Not `dependsOn`: of several such flags the usage line names one only, and a blank for the others.
const withRoot = {relationships: [{type: 'all', flags: ['root']}]} satisfies Pick<
  Interfaces.OptionFlag<string>,
  'relationships'
>

export default class ServerRotateKey extends PosternCommand<typeof ServerRotateKey> {
  static override summary = 'Replace the data key, the root key or the certificate authority'
  static override description =
    `--data asks the running server for a new data key, which seals from then on. The server re-encrypts every value under it in the background, and destroys the old data key when it is through (PostgreSQL keeps its bytes, wrapped, for a while: docs/postgresql.md); a restart goes on where it was. Only an owner of the organization "default" may.
--root works on the data folder of a stopped server, at once: the other keys are wrapped by a new root key, and every value and token stays as it is. The old root key is kept beside it, since backups made before need it. A root key that is kept elsewhere is replaced by one that you made: --root-key-file OLD --new-root-key-file NEW.
--authority works there too: it makes a new private certificate authority, for one that has expired, is damaged or was seen by others. Every client then refuses the server until it signs in again, or is given the new CA.
POSTERN_DATA stands for --folder, POSTERN_ROOT_KEY_FILE for --root-key-file; POSTERN_DATABASE_URL names a database that has the store.`
  static override examples = [
    '<%= config.bin %> server rotate-key --data',
    '<%= config.bin %> server rotate-key --status',
    '<%= config.bin %> server rotate-key --root --folder /var/lib/postern',
    '<%= config.bin %> server rotate-key --root --root-key-file old.key --new-root-key-file new.key',
    '<%= config.bin %> server rotate-key --authority --folder /var/lib/postern --yes',
  ]
  static override flags = {
    data: boolean({...one, summary: 'Replace the data key of a running server, and re-encrypt.'}),
    root: boolean({...one, summary: 'Replace the root key of a stopped server.'}),
    authority: boolean({...one, summary: 'Replace the private certificate authority of a stopped server.'}),
    status: boolean({...one, summary: 'Show the data keys, and how far re-encryption is.'}),
    'no-wait': boolean({dependsOn: ['data'], summary: 'Return when re-encryption has begun.'}),
    ...orgFlag,
    folder: string({
      ...offline,
      helpValue: 'DIR',
      summary: 'Data folder, as server start has it in --data.',
    }),
    'root-key-file': string({
      ...offline,
      helpValue: 'FILE',
      summary: 'The root key in use, when it is not root.key in the folder.',
    }),
    'new-root-key-file': string({
      ...withRoot,
      helpValue: 'FILE',
      summary: 'The root key to use from now on, 32 bytes in base64.',
    }),
    ...yesFlag,
  }

  override async init(): Promise<void> {
    const at = this.argv.findIndex((word) => /^--data(=|$)/.test(word))
    const value = this.argv[at] === '--data' ? this.argv[at + 1] : this.argv[at]
    await super.init().catch((error: unknown) => {
      if (at === -1 || value === undefined || /^-(?!-data=)/.test(value)) throw error
      throw new PosternError(
        'usage',
        'Here --data means the data key, and takes no value; the folder is --folder DIR.',
        {
          next: 'postern server rotate-key --root --folder DIR, or postern server rotate-key --data',
        },
      )
    })
  }

  async run() {
    const {root, authority, status, yes, 'no-wait': noWait} = this.flags
    if (root) return this.rotateRoot()
    if (authority) return this.rotateAuthority()
    const client = await this.client()
    if (status) {
      const state = await client.call('keysShow', {params: {org: client.org}})
      this.log(await keysText(state, this.world.stdoutIsTerminal))
      return state
    }
    if (!yes && canAsk(this.world)) await confirm('Make a new data key and re-encrypt every value?', this.world)
    const state = await rotateDataKey(client, this.world, !noWait)
    this.log(rotationText(state))
    return state
  }

  private async rotateRoot(): Promise<RootRotated> {
    const [{readSettings}, {rotateRootKey}] = await Promise.all([
      import('../../server/settings.ts'),
      import('../../server/rotate-root-key.ts'),
    ])
    const {folder, yes, 'root-key-file': rootKey, 'new-root-key-file': newRootKeyFile} = this.flags
    try {
      const {settings} = readSettings({data: folder, 'root-key-file': rootKey}, this.world.env)
      const {data, database, rootKeyFile} = settings
      if (rootKeyFile !== undefined && newRootKeyFile === undefined)
        throw new PosternError('usage', 'A root key that is kept elsewhere is replaced by one that you made.', {
          next: '--new-root-key-file FILE, made by: (umask 077; openssl rand -base64 32 > FILE)',
        })
      if (!yes && canAsk(this.world)) await confirm(`Put every key in ${data} under a new root key?`, this.world)
      const done = await rotateRootKey({data, database, rootKeyFile, newRootKeyFile, version: this.config.version})
      const old = done.oldFile === null ? done.from : `${done.from}: ${done.oldFile}`
      this.log(`Every key is under the root key ${done.to} now: ${done.file}`)
      if (newRootKeyFile !== undefined)
        this.log(`From now on start the server with: --root-key-file ${quoted(done.file)}`)
      for (const warning of done.warnings) this.warn(warning)
      this.log(`Copy it to where your backup of the root key is. Backups made until now need the old one, ${old}`)
      if (database !== null) this.log(REPLACED_ROWS_STAY)
      this.log(`A recovery kit is of the old one, too. Make another: ${this.config.bin} server recovery-kit`)
      return done
    } catch (error) {
      throw startProblem(error)
    }
  }

  private async rotateAuthority(): Promise<AuthorityRotated> {
    const [{readSettings}, {rotateAuthority}] = await Promise.all([
      import('../../server/settings.ts'),
      import('../../server/rotate-authority.ts'),
    ])
    const {folder, yes, 'root-key-file': rootKey} = this.flags
    try {
      const {settings} = readSettings({data: folder, 'root-key-file': rootKey}, this.world.env)
      requireYes(yes, this.world)
      if (!yes) await confirm(`Make a new authority in ${settings.data}? Every client must sign in again.`, this.world)
      const done = await rotateAuthority(settings, this.config.version)
      this.log(`The authority has this SHA-256 fingerprint now: ${done.to}`)
      this.log(`Every client must sign in again (postern login URL --ca-fingerprint ${done.to})`)
      this.log(`or be given the new CA (POSTERN_CA_FILE, --ca-file): ${quoted(done.caFile)}`)
      if (settings.database !== null) this.log(REPLACED_ROWS_STAY)
      return done
    } catch (error) {
      throw startProblem(error)
    }
  }
}
