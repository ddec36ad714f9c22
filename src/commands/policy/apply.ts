import {boolean} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {canAsk, confirm, requireYes} from '../../lib/command/confirm.ts'
import {changeFlags} from '../../lib/command/policy-change.ts'
import {loosens} from '../../lib/command/policy-diff.ts'
import {policyFileArg} from '../../lib/command/selectors.ts'
import {diffText} from '../../lib/output/policy.ts'

export default class PolicyApply extends PosternCommand<typeof PolicyApply> {
  static override summary = 'Make the policy exactly what a file says, in one step'
  static override description =
    'Rules that the file does not have are removed; one that stays keeps who made it and when. Shows the change first and asks on a terminal; elsewhere it goes ahead, but needs --yes if a lock goes or an unlock comes. --check changes nothing, and ends with 1 if the policy is not what the file says.'
  static override examples = [
    '<%= config.bin %> policy apply policy.yaml --reason "change 1234"',
    '<%= config.bin %> policy apply policy.yaml --check',
    '<%= config.bin %> policy apply policy.yaml --dry-run',
  ]
  static override args = policyFileArg
  static override flags = {
    ...changeFlags,
    check: boolean({summary: 'Change nothing; exit 1 on drift.', exclusive: ['dry-run', 'yes', 'reason']}),
  }

  async run() {
    const {flags, world} = this
    const {comparePolicy} = await import('../../lib/command/compare-policy.ts')
    const {client, rules, diff} = await comparePolicy(this.args.file, world, () => this.client())
    if (diff.rules.length === 0) {
      this.log('The policy is what the file says.')
      return {...(flags.check ? {differs: false} : {changed: false}), ...diff}
    }
    const text = await diffText(diff, world.stdoutIsTerminal)
    if (flags.check) {
      this.log(text)
      return {differs: true, ...diff, ...(await this.endWith(drift()))}
    }
    const apply = (dryRun: boolean) =>
      client.call('policyApply', {
        params: {org: client.org},
        query: {dryRun},
        body: {
          rules: rules.map(({selector, effect, reason}) => ({selector, effect, reason})),
          ...(flags.reason === undefined ? {} : {reason: flags.reason}),
        },
      })
    if (flags['dry-run']) {
      const {changed} = await apply(true)
      this.log(`[dry-run] would change the policy:\n${text}`)
      return {changed, ...diff}
    }
    world.stderr.write(`Will change the policy:\n${await diffText(diff, world.stderrIsTerminal)}\n`)
    if (loosens(diff)) requireYes(flags.yes, world)
    if (!flags.yes && canAsk(world)) await confirm('Go ahead?', world)
    const {changed} = await apply(false)
    this.log(`The policy is what the file says now: ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}.`)
    return {changed, ...diff}
  }
}

const drift = () =>
  new PosternError('failed', 'The policy in force is not what the file says.', {
    next: 'postern policy apply FILE   (puts the file in force), or postern policy show --yaml   (prints what is)',
  })
