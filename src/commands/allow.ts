import {PosternCommand} from '../lib/command/base.ts'
import {folderArg, projectOf} from '../lib/command/folder-arg.ts'
import {allow} from '../lib/project/allowed.ts'

export default class Allow extends PosternCommand<typeof Allow> {
  static override summary = 'Allow the shell hook to load what a postern.json names'
  static override description =
    'It is pinned to its path and content: what comes there later, or stands elsewhere, is not allowed. Without the hook (postern hook) it has no effect.'
  static override examples = ['<%= config.bin %> allow', '<%= config.bin %> allow ~/src/my-saas']
  static override args = folderArg

  async run() {
    const {world} = this
    const project = projectOf(this.args.folder, world)
    allow(project, world.env)
    const {path, environment = null, only = null} = project
    const what = environment === null ? 'no environment here' : `the environment ${environment}`
    this.log(`Allowed ${path}: ${what}${only === null ? '' : `, only ${only.join(', ')}`}`)
    return {path, environment, only}
  }
}
