import type {Interfaces} from '@oclif/core'
import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm} from '../../lib/command/confirm.ts'
import {orgFlag, yesFlag} from '../../lib/command/flags.ts'
import {rotateDataKey} from '../../lib/command/rotate-data-key.ts'
import {quoted, startProblem} from '../../lib/command/server-flags.ts'
import {keysText, rotationText} from '../../lib/output/keys.ts'
import type {RootRotated} from '../../server/rotate-root-key.ts'

const one = {exactlyOne: ['data', 'root', 'status']}

// Not `dependsOn`: of several such flags the usage line names one only, and a blank for the others.
const withRoot = {relationships: [{type: 'all', flags: ['root']}]} satisfies Pick<
  Interfaces.OptionFlag<string>,
  'relationships'
>

export default class ServerRotateKey extends PosternCommand<typeof ServerRotateKey> {
  static override summary = 'Replace the data key or the root key'
  static override description =
    `--data asks the running server for a new data key, which seals from then on. The server re-encrypts every value under it in the background, and destroys the old data key when it is through; a restart goes on where it was. Only an owner of the organization "default" may.
--root works on the data folder of a stopped server, at once: the other keys are wrapped by a new root key, and every value and token stays as it is. The old root key is kept beside it, since backups made before need it. A root key that is kept elsewhere is replaced by one that you made: --root-key-file OLD --new-root-key-file NEW. POSTERN_DATA stands for --folder, POSTERN_ROOT_KEY_FILE for --root-key-file.`
  static override examples = [
    '<%= config.bin %> server rotate-key --data',
    '<%= config.bin %> server rotate-key --status',
    '<%= config.bin %> server rotate-key --root --folder /var/lib/postern',
    '<%= config.bin %> server rotate-key --root --root-key-file old.key --new-root-key-file new.key',
  ]
  static override flags = {
    data: boolean({...one, summary: 'Replace the data key of a running server, and re-encrypt.'}),
    root: boolean({...one, summary: 'Replace the root key of a stopped server.'}),
    status: boolean({...one, summary: 'Show the data keys, and how far re-encryption is.'}),
    'no-wait': boolean({dependsOn: ['data'], summary: 'Return when re-encryption has begun.'}),
    ...orgFlag,
    folder: string({
      dependsOn: ['root'],
      helpValue: 'DIR',
      summary: 'Data folder, as server start has it in --data.',
    }),
    'root-key-file': string({
      ...withRoot,
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
    const {root, status, yes, 'no-wait': noWait} = this.flags
    if (root) return this.rotateRoot()
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
      const {data, rootKeyFile} = settings
      if (rootKeyFile !== undefined && newRootKeyFile === undefined)
        throw new PosternError('usage', 'A root key that is kept elsewhere is replaced by one that you made.', {
          next: '--new-root-key-file FILE, made by: (umask 077; openssl rand -base64 32 > FILE)',
        })
      if (!yes && canAsk(this.world)) await confirm(`Put every key in ${data} under a new root key?`, this.world)
      const done = await rotateRootKey({data, rootKeyFile, newRootKeyFile, version: this.config.version})
      const old = done.oldFile === null ? done.from : `${done.from}: ${done.oldFile}`
      this.log(`Every key is under the root key ${done.to} now: ${done.file}`)
      if (newRootKeyFile !== undefined)
        this.log(`From now on start the server with: --root-key-file ${quoted(done.file)}`)
      for (const warning of done.warnings) this.warn(warning)
      this.log(`Copy it to where your backup of the root key is. Backups made until now need the old one, ${old}`)
      return done
    } catch (error) {
      throw startProblem(error)
    }
  }
}
