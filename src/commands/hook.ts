import {string as stringArg} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'
import {PosternError} from '../client/error.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {scriptOf, shells} from '../lib/hook/script.ts'

export default class Hook extends PosternCommand<typeof Hook> {
  static override enableJsonFlag = false
  static override summary = "Print what loads a project's environment into a shell on cd"
  static override description =
    'For the shell’s start-up file. In a folder whose postern.json you allowed (postern allow), the shell has what its environment gives, and has it no more when you leave; what a variable was before comes back. Elsewhere nothing is started. Programs that are started there inherit it all: postern run gives it to one.'
  static override examples = [
    `echo 'eval "$(<%= config.bin %> hook bash)"' >> ~/.bashrc`,
    `echo 'eval "$(<%= config.bin %> hook zsh)"' >> ~/.zshrc`,
    `echo '<%= config.bin %> hook fish | source' >> ~/.config/fish/config.fish`,
  ]
  static override args = {
    shell: stringArg({required: true, ignoreStdin: true, description: 'The shell.', options: [...shells]}),
  }
  static override flags = {
    load: boolean({summary: 'Print what the current folder loads, values too: the hook evaluates it.'}),
  }

  async run() {
    const {flags, world} = this
    const shell = shells.find((name) => name === this.args.shell)!
    if (!flags.load) {
      world.stdout.write(scriptOf(shell))
      return
    }
    if (world.stdoutIsTerminal)
      throw new PosternError('usage', '--load prints values for the shell to evaluate, and stdout is a terminal.', {
        next: 'postern environment explain ENV   (shows which keys there are)',
      })
    const {codeFor} = await import('../lib/hook/load.ts')
    const code = await codeFor({
      shell,
      cwd: process.cwd(),
      world,
      client: ({organization}) => this.client({org: organization}),
      say: (line) => void world.stderr.write(`${line}\n`),
    })
    world.stdout.write(code)
  }
}
