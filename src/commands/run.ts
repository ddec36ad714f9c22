import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../client/error.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {consumed, consumeFlags, narrowFlags} from '../lib/command/consume-flags.ts'
import {DURATION_RULE, secondsOf} from '../lib/command/duration.ts'
import {ruled} from '../lib/command/flags.ts'
import {lastGoodOf} from '../lib/run/last-good-flags.ts'
import {MOUNT_RULE, mountIn} from '../lib/run/mounts.ts'

const several = {multiple: true, multipleNonGreedy: true} as const
const variable = (flag: string) => ruled(flag, (text) => /^[^=\0]+$/.test(text), 'the name of a variable')

export default class Run extends PosternCommand<typeof Run> {
  static override enableJsonFlag = false
  static override usage = 'run [--environment ENV] [FLAGS] -- COMMAND [ARG…]'
  static override summary = 'Run a command with the values of an environment, in its variables alone'
  static override description =
    'No shell stands in between; the exit status is the command’s, 128 and the signal’s number where one ends it. The store wins over what is inherited. Names that decide what code runs or whom a program trusts (PATH, LD_*, NODE_OPTIONS, proxies …) are refused without --allow-env. Postern’s own token goes to no command.'
  static override examples = [
    '<%= config.bin %> run -- npm start',
    '<%= config.bin %> run --environment my-saas/prod -- npm start',
    "<%= config.bin %> run --environment my-saas/prod --only 'VITE_*' --clean-env -- npm run build",
    '<%= config.bin %> run --environment my-saas/prod --mount TLS_KEY_FILE=TLS_KEY --mask -- ./server',
    '<%= config.bin %> run --fallback /var/lib/app/last-good -- ./server',
  ]
  static override flags = {
    ...consumeFlags,
    ...narrowFlags,
    'clean-env': boolean({
      summary: 'Inherit only what every program needs: PATH, HOME, USER, SHELL, TERM, LANG, TZ, TMPDIR.',
    }),
    'keep-env': string({
      ...several,
      helpValue: 'NAME',
      summary: 'With --clean-env, inherit this one too. Repeat for more.',
      dependsOn: ['clean-env'],
      parse: variable('--keep-env'),
    }),
    'preserve-env': boolean({summary: 'What is inherited wins over the store.'}),
    'add-prefix': string({
      helpValue: 'PREFIX',
      summary: 'Put this before each key’s name.',
      parse: ruled('--add-prefix', (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text), 'letters, digits and "_"'),
    }),
    'allow-env': string({
      ...several,
      helpValue: 'NAME',
      summary: 'Let the store give this name, which decides what code runs. Repeat for more.',
      parse: variable('--allow-env'),
    }),
    mount: string({
      ...several,
      helpValue: 'NAME=KEY,…',
      summary:
        'Hand KEY over as a file that NAME holds the path of, in memory where there is a place, gone at the end. Repeat for more.',
      parse: ruled('--mount', (text) => mountIn(text) !== null, MOUNT_RULE),
    }),
    divider: string({
      helpValue: 'TEXT',
      summary: 'What stands between several keys of a file; by default a line feed.',
      dependsOn: ['mount'],
    }),
    mask: boolean({summary: 'Write *** for values in what the command writes, also in base64, URLs and JSON.'}),
    watch: boolean({summary: 'Start the command anew when a value changes.'}),
    fallback: string({
      helpValue: 'FILE',
      summary: 'Keep the last good values there, sealed to the token, and use them while the server is away.',
    }),
    'max-age': string({
      helpValue: 'TIME',
      summary: 'The oldest that these may be, as in 12h; by default 24h.',
      dependsOn: ['fallback'],
      parse: ruled('--max-age', (text) => secondsOf(text) !== null, DURATION_RULE),
    }),
    offline: boolean({
      summary: 'Use what --fallback kept, and ask no server.',
      dependsOn: ['fallback'],
      exclusive: ['watch'],
    }),
  }

  private command: string[] = []

  /** What stands behind `--` is the command's own, and no parser looks at it. */
  override async init(): Promise<void> {
    const at = this.argv.indexOf('--')
    this.command = at === -1 ? [] : this.argv.slice(at + 1)
    // Without one, the rest may be the command, whose `--` was forgotten.
    this.argv = this.command.length === 0 ? [] : this.argv.slice(0, at)
    await super.init()
    if (this.command.length > 0) return
    throw new PosternError('usage', 'The command to run is missing: it stands behind --, after all flags.', {
      next: 'postern run --environment ENV -- COMMAND',
    })
  }

  async run() {
    const {flags, world} = this
    const {environment, org, filters} = await consumed(flags, world)
    const client = await this.client({org})
    const say = (line: string) => void world.stderr.write(`${line}\n`)
    const {runCommand} = await import('../lib/run/run.ts')
    const code = await runCommand({
      source: {
        client,
        environment,
        filters,
        lastGood: lastGoodOf(flags, client.connection, filters),
        offline: flags.offline === true,
        now: world.now,
        say,
      },
      manner: {
        command: this.command,
        inherited: world.env,
        rules: {
          clean: flags['clean-env'] === true,
          keep: flags['keep-env'] ?? [],
          preserve: flags['preserve-env'] === true,
          prefix: flags['add-prefix'] ?? '',
          allow: flags['allow-env'] ?? [],
        },
        mounts: (flags.mount ?? []).map((text) => mountIn(text)!),
        divider: flags.divider ?? '\n',
        folder: async () => (await import('../sdk/mounted-folder.ts')).mountFolder(world.env),
      },
      mask: flags.mask === true,
      watch: flags.watch === true,
    })
    world.exit(code)
  }
}
