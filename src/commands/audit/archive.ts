import {boolean, string} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {dryRunFlag, orgFlag, yesFlag} from '../../lib/command/flags.ts'
import {sinceTime} from '../../lib/command/since.ts'

export default class AuditArchive extends PosternCommand<typeof AuditArchive> {
  static override summary = 'Write old audit entries into a file that verifies alone, and prune them from the server'
  static override description =
    'The server seals the entries from before that time with a signature. They are written into the file, and verified there; with --prune, the server then removes them, once it was shown that the file holds them. The log goes on from the seal. --prune asks on a terminal; elsewhere it needs --yes.'
  static override examples = [
    '<%= config.bin %> audit archive --before 2026-08-01 --out audit-2026-07.jsonl',
    '<%= config.bin %> audit archive --before 90d --out audit.jsonl --prune --yes',
  ]
  static override flags = {
    ...orgFlag,
    before: string({helpValue: 'TIME', required: true, summary: 'Entries from before then: 2026-08-01, 90d.'}),
    out: string({helpValue: 'PATH', required: true, summary: 'The file to write.'}),
    force: boolean({summary: 'Write over a file that is there.'}),
    prune: boolean({summary: 'Remove the entries from the server afterwards.'}),
    ...dryRunFlag,
    ...yesFlag,
  }

  async run() {
    const {world, flags} = this
    const {before, out, force, prune, yes, 'dry-run': dryRun} = flags
    const time = sinceTime(before, world.now(), '--before')
    if (prune && !dryRun) requireYes(yes, world)
    const {checkFree} = await import('../../lib/command/archive-file.ts')
    if (!dryRun) await checkFree(out, force)
    const client = await this.client()
    const {planArchive, pruneAll, sealAll, writeArchive} = await import('../../lib/command/archive-audit.ts')
    const plan = await planArchive(client, time)
    const {first, last} = plan
    const what = `entries ${first} to ${last} of ${client.org}`
    const done = {org: client.org, first, last, file: out, pruned: prune}
    if (dryRun) {
      await sealAll(client, plan, true)
      this.log(`[dry-run] would archive ${what} in ${out}${prune ? ', and prune them' : ''}`)
      return {...done, dryRun}
    }
    if (prune && !yes && canAsk(world)) await confirm(`Archive ${what}, and remove them from the server?`, world)
    const parts = await writeArchive(out, {client, plan, force, world})
    this.log(`Archived ${what} in ${out}: sealed, and verified in the file.`)
    if (prune) {
      await pruneAll(client, parts)
      this.log(`Pruned them: the log goes on from entry ${last}.`)
    }
    return done
  }
}
