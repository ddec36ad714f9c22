import {boolean} from '@oclif/core/flags'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm} from '../../lib/command/confirm.ts'
import {yesFlag} from '../../lib/command/flags.ts'
import {dataFlags, startProblem} from '../../lib/command/server-flags.ts'
import {planText} from '../../lib/output/upgrade.ts'

export default class ServerUpgrade extends PosternCommand<typeof ServerUpgrade> {
  static override summary = 'Bring a store to the schema of this version, or say what that would do'
  static override description =
    `A server does this when it starts, so the command is for a look before, and for a store so large that it takes long. The steps are taken all or none, and interrupted at any moment they are none.
--check reads alone, beside a running server, and ends with 1 when the start of this version would be refused: the store was upgraded by a newer version, or its root key is missing or another one.`
  static override examples = [
    '<%= config.bin %> server upgrade --check --data /var/lib/postern',
    '<%= config.bin %> server upgrade --data /var/lib/postern',
  ]
  static override flags = {
    check: boolean({summary: 'Change nothing; exit 1 if a start would be refused.', exclusive: ['yes']}),
    ...dataFlags,
    ...yesFlag,
  }

  async run() {
    const [{readSettings}, {planUpgrade, upgrade}] = await Promise.all([
      import('../../server/settings.ts'),
      import('../../server/upgrade.ts'),
    ])
    const {check, yes, ...flags} = this.flags
    try {
      const {settings} = readSettings(flags, this.world.env)
      const plan = await planUpgrade(settings, this.config.version)
      if (check || plan.steps.length === 0) {
        this.log(planText(plan))
        return {...plan, upgraded: false}
      }
      if (!yes && canAsk(this.world)) {
        this.world.stderr.write(`${planText(plan)}\n`)
        await confirm('Go ahead?', this.world)
      }
      await upgrade(settings, plan)
      this.log(`The store in ${plan.store} has the schema of this version now: ${plan.steps.at(-1)!.name}.`)
      return {...plan, upgraded: true}
    } catch (error) {
      throw startProblem(error)
    }
  }
}
