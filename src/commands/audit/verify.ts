import {PosternError} from '../../client/error.ts'
import {verifyAudit} from '../../client/verify-audit.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'

/** As many breaks as an error names. */
const SHOWN = 5

export default class AuditVerify extends PosternCommand<typeof AuditVerify> {
  static override summary = 'Verify the audit log: every link, the signed head, and the last head seen here'
  static override description =
    'All is computed here, from the first entry on. The signing key is the one that this profile got when it signed in. A break is exit 1.'
  static override examples = ['<%= config.bin %> audit verify']
  static override flags = orgFlag

  async run() {
    const client = await this.client()
    const {org, profile} = client
    const {recallAudit, rememberHead} = await import('../../lib/profile/audit-memory.ts')
    const known = await recallAudit(this.world.env, profile, org)
    const page = (after: number) => client.call('auditList', {params: {org}, query: {after, limit: 1000}})
    const {head, entries, breaks} = await verifyAudit(page, {org, ...known})
    if (breaks.length > 0) {
      const shown = breaks.slice(0, SHOWN).map(({sequence, kind}) => `entry ${sequence} (${kind})`)
      const more = breaks.length > SHOWN ? `, and ${breaks.length - SHOWN} more` : ''
      throw new PosternError(
        'failed',
        `The audit log does not verify: ${shown.join(', ')}${more}. It was changed, cut or replaced.`,
        {next: 'Keep the server’s data folder and its backups as they are, and compare them.'},
      )
    }
    if (profile !== null) await rememberHead(this.world.env, profile, org, head)
    const pinned =
      known.pinnedKey === null ? 'the key that the server gave just now' : 'the key that was pinned at sign-in'
    this.log(`Verified: ${entries} entries, each linked to the one before; the head is signed with ${pinned}.`)
    if (known.remembered !== null)
      this.log(`The head seen here last, entry ${known.remembered.sequence}, is still in it.`)
    return {verified: true, entries, head, remembered: known.remembered}
  }
}
