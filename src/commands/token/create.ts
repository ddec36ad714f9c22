import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {cidrFlag} from '../../lib/command/address-block.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {claimFlags, environmentFlag, labelsOf} from '../../lib/command/environment-flags.ts'
import {dryRunFlag, nameArg, orgFlag, patternFlag, roleFlag} from '../../lib/command/flags.ts'
import {tokenText} from '../../lib/command/token-text.ts'
import {untilTime} from '../../lib/command/until.ts'
import {tokenLine} from '../../lib/output/tokens.ts'

export default class TokenCreate extends PosternCommand<typeof TokenCreate> {
  static override summary = 'Make a token, no wider and no longer-lived than your own'
  static override description =
    'The token is printed once, on stdout: pipe it where it belongs. With --enrol it comes as an enrolment string, which `postern login` takes as it is.'
  static override examples = [
    "<%= config.bin %> token create ci --role writer --scope 'production/**' --expires 90d",
    '<%= config.bin %> token create ann --role admin --enrol > ann.enrolment',
    '<%= config.bin %> token create web-1 --environment my-saas/prod --host web-1 --label team=payments',
    '<%= config.bin %> token create backup --role auditor --cidr 10.0.0.0/8 | pass insert -m postern/backup',
  ]
  static override args = {name: nameArg('the token')}
  static override flags = {
    ...orgFlag,
    ...roleFlag,
    ...patternFlag,
    expires: string({
      helpValue: 'TIME',
      summary: 'When it ends: 90d, 12h, or a date or time, in UTC unless it names a zone. By default never.',
    }),
    ...cidrFlag,
    ...environmentFlag,
    ...claimFlags,
    enrol: boolean({summary: 'Print an enrolment string: URL, CA fingerprint and token in one.'}),
    ...dryRunFlag,
  }

  async run(): Promise<object> {
    const {scope, cidr, expires, enrol, environment, host, label, 'dry-run': dryRun} = this.flags
    const role = roleOf(this.flags)
    const labels = labelsOf(label)
    const expiresAt = expires === undefined ? undefined : untilTime(expires, this.world.now())
    const client = await this.client()
    const body = {name: this.args.name, role, scopes: scope, cidrs: cidr, expiresAt, environment, host, labels}
    const {token, ...made} = await client.call('tokensCreate', {params: {org: client.org}, query: {dryRun}, body})
    if (token === null) {
      this.log(`[dry-run] would make ${tokenLine(made)}`)
      return {...made, dryRun}
    }
    const text = await tokenText(token, client, enrol)
    this.log(text)
    if (!this.jsonEnabled()) this.world.stderr.write(`Made ${tokenLine(made)}. It is shown this once.\n`)
    return {...made, ...(enrol ? {enrolment: text} : {token})}
  }
}

/** A workload's token has the role `workload`, which needs no naming; all others name theirs. */
function roleOf({role, environment}: {role?: string | undefined; environment?: string | undefined}): string {
  if (environment !== undefined) return role ?? 'workload'
  if (role !== undefined) return role
  throw new PosternError('usage', 'What the token may do is missing.', {
    next: 'Name a role: --role writer. For a workload: --environment ENV.',
  })
}
