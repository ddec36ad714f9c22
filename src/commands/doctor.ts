import {PosternCommand} from '../lib/command/base.ts'
import {orgFlag} from '../lib/command/flags.ts'
import {whileWaiting} from '../lib/output/spinner.ts'

export default class Doctor extends PosternCommand<typeof Doctor> {
  static override summary = 'Check everything between here and the server, and say what to do'
  static override description =
    'Settings and where they come from, files, proxy, DNS, TCP, TLS, certificates and when they end, the server, the clocks, the token and when it expires, the versions of both ends. It changes nothing. It ends with 0 unless a check failed; then with the exit code of the first that did.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --profile ci --json']
  static override flags = orgFlag

  async run() {
    const [{diagnose}, {verdict}, {checksText}] = await Promise.all([
      import('../lib/doctor/diagnose.ts'),
      import('../lib/doctor/checklist.ts'),
      import('../lib/output/doctor.ts'),
    ])
    const {env, now, stdoutIsTerminal} = this.world
    const {profile: profileFlag, org: orgFlag} = this.flags
    const asked = {env, profileFlag, orgFlag, version: this.config.version, now}
    const checks = await whileWaiting(this.world, diagnose(asked), 'the checks')
    this.log(await checksText(checks, stdoutIsTerminal, env))
    const error = verdict(checks)
    return {checks, ...(error === null ? {} : await this.endWith(error))}
  }
}
