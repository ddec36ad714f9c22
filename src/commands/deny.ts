import {PosternCommand} from '../lib/command/base.ts'
import {folderArg, projectOf} from '../lib/command/folder-arg.ts'
import {deny} from '../lib/project/allowed.ts'

export default class Deny extends PosternCommand<typeof Deny> {
  static override summary = 'Take back what postern allow allowed'
  static override examples = ['<%= config.bin %> deny']
  static override args = folderArg

  async run() {
    const {world} = this
    const {path} = projectOf(this.args.folder, world)
    const changed = deny(path, world.env)
    this.log(changed ? `Denied ${path}` : `Nothing changed: ${path} was not allowed`)
    return {path, changed}
  }
}
