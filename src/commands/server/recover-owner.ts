import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {addressFlags, dataFlags, quoted, startProblem, tlsFlags} from '../../lib/command/server-flags.ts'

export default class ServerRecoverOwner extends PosternCommand<typeof ServerRecoverOwner> {
  static override summary = 'Make one more owner token, on the data folder of a stopped server'
  static override description =
    'The way back in when no owner is left. It needs the folder and the root key, and the audit log records it. The enrolment string goes to a 0600 file in the folder. It names the URL under which the server was reached last, unless --public-url or --listen says another. The token has no end: revoke it when it has served.'
  static override examples = ['<%= config.bin %> server recover-owner --data /srv/postern']
  static override flags = {...orgFlag, ...dataFlags, ...addressFlags, ...tlsFlags}

  async run() {
    const [{readSettings}, {recoverOwner}] = await Promise.all([
      import('../../server/settings.ts'),
      import('../../server/recover-owner.ts'),
    ])
    try {
      const {org = 'default', ...flags} = this.flags
      const {settings} = readSettings(flags, this.world.env)
      const {env} = this.world
      const given = flags.listen ?? flags['public-url'] ?? (env.POSTERN_LISTEN || env.POSTERN_PUBLIC_URL)
      const made = await recoverOwner(settings, {
        org,
        version: this.config.version,
        addressGiven: given !== undefined && given !== '',
      })
      const {name, enrolmentFile, earlierFile, url} = made
      const {bin} = this.config
      const next = `${bin} login --local ${quoted(settings.data)}`
      this.log(`Made owner token ${name} of ${org}; its enrolment is in ${enrolmentFile}`)
      this.log(`It is for ${url}. If the server will be elsewhere, run this again with --public-url or --listen.`)
      if (earlierFile !== null) this.log(`The enrolment that was there is kept: ${earlierFile}`)
      this.log('This token has no end, and earlier owners stay. Look and end what is not needed:')
      this.log(`  ${bin} token list\n  ${bin} token revoke NAME`)
      this.log(`Start the server, then sign in: ${next}`)
      return {name, org, enrolmentFile, earlierFile, url, next}
    } catch (error) {
      throw startProblem(error)
    }
  }
}
