import {custom} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {MAX_KEPT_VERSIONS} from '../../contract/limits.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, orgFlag, yesFlag} from '../../lib/command/flags.ts'

export default class OrgLimits extends PosternCommand<typeof OrgLimits> {
  static override summary = 'Show or change the limits of an organization'
  static override description =
    'With a limit on kept versions, a write that goes beyond it drops the oldest versions of its name; what is over a new limit goes with the next write of its name. To change it asks on a terminal; elsewhere it needs --yes.'
  static override examples = [
    '<%= config.bin %> org limits',
    '<%= config.bin %> org limits --kept-versions 20 --yes',
    '<%= config.bin %> org limits --kept-versions all --yes',
  ]
  static override flags = {
    ...orgFlag,
    'kept-versions': custom<{number: number | null}>({
      helpValue: 'N|all',
      summary: 'How many versions of each secret and variable are kept.',
      parse: async (text) => {
        if (text === 'all') return {number: null}
        if (/^[1-9]\d{0,6}$/.test(text) && Number(text) <= MAX_KEPT_VERSIONS) return {number: Number(text)}
        throw new PosternError('usage', `--kept-versions takes a number from 1 to ${MAX_KEPT_VERSIONS}, or all.`)
      },
    })(),
    ...dryRunFlag,
    ...yesFlag,
  }

  async run() {
    const {'kept-versions': kept, 'dry-run': dryRun, yes} = this.flags
    if (kept === undefined) {
      const client = await this.client()
      const limits = await client.call('limitsShow', {params: {org: client.org}})
      this.log(`Kept versions: ${wordOf(limits.keptVersions)}`)
      return limits
    }
    if (!dryRun) requireYes(yes, this.world)
    const client = await this.client()
    const ask = (trial: boolean) =>
      client.call('limitsSet', {params: {org: client.org}, query: {dryRun: trial}, body: {keptVersions: kept.number}})
    if (!dryRun && !yes && canAsk(this.world)) {
      const {before} = await ask(true)
      const change = `from ${wordOf(before.keptVersions)} to ${wordOf(kept.number)}`
      await confirm(`Change the kept versions of ${client.org} ${change}?`, this.world)
    }
    const reply = await ask(dryRun)
    const change = `kept versions of ${client.org} from ${wordOf(reply.before.keptVersions)} to ${wordOf(kept.number)}`
    if (!reply.changed) this.log(`Nothing changed: kept versions of ${client.org}: ${wordOf(kept.number)}`)
    else this.log(dryRun ? `[dry-run] would change ${change}` : `Changed ${change}`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}

const wordOf = (kept: number | null) => (kept === null ? 'all' : String(kept))
