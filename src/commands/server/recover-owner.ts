import {PosternCommand} from '../../lib/command/base.ts'
import {orgFlag} from '../../lib/command/flags.ts'
import {addressFlags, dataFlags, quoted, startProblem, tlsFlags} from '../../lib/command/server-flags.ts'

export default class ServerRecoverOwner extends PosternCommand<typeof ServerRecoverOwner> {
  static override summary = 'Make one more owner token, on the data folder of a stopped server'
  static override description =
    'The way back in when no owner is left. It needs the folder and the root key, and the audit log records it. The enrolment string goes to a 0600 file in the folder.'
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
      const {name, enrolmentFile} = await recoverOwner(settings, {org, version: this.config.version})
      const next = `${this.config.bin} login --local ${quoted(settings.data)}`
      this.log(`Made owner token ${name} of ${org}; its enrolment is in ${enrolmentFile}`)
      this.log(`Start the server, then sign in: ${next}`)
      return {name, org, enrolmentFile, next}
    } catch (error) {
      throw startProblem(error)
    }
  }
}
