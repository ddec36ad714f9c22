import {string} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {archivesText, logProblem, logText} from '../../lib/output/audit-verified.ts'

export default class AuditVerify extends PosternCommand<typeof AuditVerify> {
  static override summary = 'Verify the audit log: every link, the signed head, and the last head seen here'
  static override description =
    'All is computed here, from the first entry in the store on; what was pruned before it must be sealed by the server’s key, the one that this profile got when it signed in. With --archive, archives are verified instead, with no server: name them in their order. A break is exit 1.'
  static override examples = [
    '<%= config.bin %> audit verify',
    '<%= config.bin %> audit verify --archive audit-2026-07.jsonl audit-2026-08.jsonl',
  ]
  static override flags = {
    ...orgFlag,
    archive: string({
      helpValue: 'PATH',
      multiple: true,
      summary: 'Verify this archive, alone; after it, those that follow it.',
    }),
    'public-key': string({
      helpValue: 'KEY',
      dependsOn: ['archive'],
      summary: 'The key that sealed it; else the profile’s, else the one that the archive names.',
    }),
  }

  run() {
    return this.flags.archive === undefined ? this.verifyLog() : this.verifyArchives(this.flags.archive)
  }

  private async verifyLog() {
    const client = await this.client()
    const {org, profile} = client
    const {verifyAudit} = await import('../../client/verify-audit.ts')
    const {afterLog, recallAudit, rememberAudit} = await import('../../lib/profile/audit-memory.ts')
    const before = recallAudit(this.world.env, profile, org)
    const page = (after: number) => client.call('auditList', {params: {org}, query: {after, limit: 1000}})
    const verified = await verifyAudit(page, {org, ...before})
    if (verified.breaks.length > 0) throw logProblem(verified, before.remembered)
    const {entries, head, base} = verified
    const after = afterLog(before, head, base === null ? null : {sequence: base.last, hash: base.hash})
    if (profile !== null) await rememberAudit(this.world.env, profile, org, after)
    this.log(logText(verified, before, after))
    return {verified: true, entries, head, base, remembered: before.remembered, pruned: after.pruned}
  }

  private async verifyArchives(paths: string[]) {
    const {verifyArchives} = await import('../../lib/command/verify-archives.ts')
    const {org, profile, 'public-key': publicKey} = this.flags
    const verified = await verifyArchives({paths, org, publicKey, profileFlag: profile, env: this.world.env})
    this.log(archivesText(verified))
    return {verified: true, ...verified}
  }
}
