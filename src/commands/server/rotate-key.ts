import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm} from '../../lib/command/confirm.ts'
import {yesFlag} from '../../lib/command/flags.ts'
import {startProblem} from '../../lib/command/server-flags.ts'

export default class ServerRotateKey extends PosternCommand<typeof ServerRotateKey> {
  static override summary = 'Replace the root key'
  static override description =
    `--root works on the data folder of a stopped server, at once: the other keys are wrapped by a new root key, and every value and token stays as it is. The old root key is kept beside it, since backups made before need it. A root key that is kept elsewhere is replaced by one that you made: --root-key-file OLD --new-root-key-file NEW.
POSTERN_DATA stands for --folder, POSTERN_ROOT_KEY_FILE for --root-key-file.`
  static override examples = [
    '<%= config.bin %> server rotate-key --root --folder /var/lib/postern',
    '<%= config.bin %> server rotate-key --root --root-key-file old.key --new-root-key-file new.key',
  ]
  static override flags = {
    root: boolean({required: true, summary: 'Replace the root key of a stopped server.'}),
    folder: string({helpValue: 'DIR', summary: 'Data folder, as server start has it in --data.'}),
    'root-key-file': string({
      helpValue: 'FILE',
      summary: 'The root key in use, when it is not root.key in the folder.',
    }),
    'new-root-key-file': string({helpValue: 'FILE', summary: 'The root key to use from now on, 32 bytes in base64.'}),
    ...yesFlag,
  }

  async run() {
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
      this.log(`Every key is under the root key ${done.to} now: ${done.file}`)
      this.log(
        `Copy it to where your backup of the root key is. Backups made until now need the old one, ${done.from}${done.oldFile === null ? '' : `: ${done.oldFile}`}`,
      )
      return done
    } catch (error) {
      throw startProblem(error)
    }
  }
}
