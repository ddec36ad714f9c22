import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirmByTyping, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, nameArg, orgFlag, yesFlag} from '../../lib/command/flags.ts'
import {extentText} from '../../lib/output/extent.ts'
import {STILL_THERE} from '../../lib/output/purged.ts'

export default class OrgDelete extends PosternCommand<typeof OrgDelete> {
  static override summary = 'Delete an organization with all that it holds, for good'
  static override description =
    'Its secrets, variables and their versions cannot be restored; its tokens and sessions end at once. Its audit log stays: read it with `audit list --org NAME` from the first organization. Its name stays taken. On a terminal it asks for the name to be typed; elsewhere it needs --yes.'
  static override examples = [
    '<%= config.bin %> org delete acme',
    '<%= config.bin %> org delete acme --dry-run',
    '<%= config.bin %> org delete acme --yes',
  ]
  static override args = {name: nameArg('the organization')}
  static override flags = {...orgFlag, ...dryRunFlag, ...yesFlag}

  async run() {
    const {yes, 'dry-run': onlyTry} = this.flags
    const {name} = this.args
    if (!onlyTry) requireYes(yes, this.world)
    const client = await this.client()
    const ask = (dryRun: boolean) => client.call('orgsDelete', {params: {org: client.org, name}, query: {dryRun}})
    if (onlyTry) {
      const reply = await ask(true)
      this.log(`[dry-run] would delete organization ${name} (${extentText(reply)})`)
      return {...reply, dryRun: true}
    }
    if (!yes && canAsk(this.world)) {
      this.world.stderr.write(`This deletes organization ${name} for good (${extentText(await ask(true))}).\n`)
      await confirmByTyping(name, this.world)
    }
    const reply = await ask(false)
    this.log(`Deleted organization ${name} (${extentText(reply)}); its audit log stays`)
    if (!reply.erased) this.log(STILL_THERE)
    return reply
  }
}
