import {PosternCommand} from '../../lib/command/base.ts'
import {dryRunFlag, nameArg, orgFlag} from '../../lib/command/flags.ts'
import {tokenText} from '../../lib/command/token-text.ts'

export default class OrgCreate extends PosternCommand<typeof OrgCreate> {
  static override summary = 'Create an organization, and print the enrolment of its first owner'
  static override description =
    'The enrolment string is shown this once, on stdout: URL, CA fingerprint and token, for `login`. Only an owner of the first organization, the server’s own, makes others. The name of a deleted one stays taken.'
  static override examples = [
    '<%= config.bin %> org create acme | <%= config.bin %> login --profile acme',
    '(umask 077; <%= config.bin %> org create acme > acme-owner-enrolment)',
  ]
  static override args = {name: nameArg('the organization')}
  static override flags = {...orgFlag, ...dryRunFlag}

  async run(): Promise<object> {
    const client = await this.client()
    const {'dry-run': dryRun} = this.flags
    const {token, ...made} = await client.call('orgsCreate', {
      params: {org: client.org},
      query: {dryRun},
      body: {name: this.args.name},
    })
    if (token === null) {
      this.log(`[dry-run] would create organization ${made.name}`)
      return {...made, dryRun}
    }
    const enrolment = await tokenText(token, client, true)
    this.log(enrolment)
    if (!this.jsonEnabled())
      this.world.stderr.write(
        `Created organization ${made.name}; its first owner signs in with that, shown this once.\n`,
      )
    return {...made, enrolment}
  }
}
