import {string as stringArg} from '@oclif/core/args'
import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {isOrg, isSession, ORG_RULE, SESSION_RULE} from '../../contract/name-rules.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, orgFlag, ruled} from '../../lib/command/flags.ts'

export default class SessionRevoke extends PosternCommand<typeof SessionRevoke> {
  static override summary = 'Sign a browser out of the dashboard, or all that a token signed in'
  static override description =
    'Takes effect with the next request on every node. With --token, links that were not used yet end too; the token itself stays: postern token revoke ends it.'
  static override examples = [
    '<%= config.bin %> session revoke 3f0c9d2b7a61e845',
    '<%= config.bin %> session revoke --token ann',
  ]
  static override args = {
    session: stringArg({
      ignoreStdin: true,
      description: 'The session, as postern session list shows it.',
      parse: ruled('SESSION', isSession, SESSION_RULE),
    }),
  }
  static override flags = {
    ...orgFlag,
    token: string({
      helpValue: 'NAME',
      summary: 'All sessions of this token.',
      parse: ruled('--token', isOrg, ORG_RULE),
    }),
    ...dryRunFlag,
  }

  async run() {
    const {token, 'dry-run': dryRun} = this.flags
    const {session} = this.args
    if ((session === undefined) === (token === undefined))
      throw new PosternError('usage', 'Name either a session or --token.', {next: 'postern session list'})
    const client = await this.client()
    const reply = await client.call('sessionsRevoke', {
      params: {org: client.org},
      query: {dryRun},
      body: session === undefined ? {token} : {session},
    })
    const done = dryRun ? '[dry-run] would sign out' : 'Signed out'
    for (const item of reply.items) this.log(`${done} ${item.id} of ${item.token}, signed in at ${item.createdAt}`)
    const {also = 0} = reply
    const ofOthers = also === 1 ? 'link or workload credential' : 'links and workload credentials'
    if (also > 0) this.log(`${dryRun ? '[dry-run] would end' : 'Ended'} ${also} ${ofOthers} of ${token}`)
    if (!reply.changed) this.log(`Nothing changed: ${token} has no session`)
    return {...reply, ...(dryRun ? {dryRun} : {})}
  }
}
