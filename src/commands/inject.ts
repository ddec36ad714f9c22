import {string} from '@oclif/core/flags'
import {PosternCommand} from '../lib/command/base.ts'
import {consumed, consumeFlags, narrowFlags} from '../lib/command/consume-flags.ts'

export default class Inject extends PosternCommand<typeof Inject> {
  static override enableJsonFlag = false
  static override summary = 'Fill the references in a file with the values of an environment'
  static override description =
    "${secret.KEY} is what the environment gives for a key, ${secret.SCOPE/KEY} the same where it comes from that scope, ${secret.id:N} what it gives of the secret of that number, each with .FIELD; two dollars are a text. It fills all or writes nothing. A file is its owner's alone (0600)."
  static override examples = [
    '<%= config.bin %> inject --environment my-saas/prod -i app.conf.tpl -o app.conf',
    '<%= config.bin %> inject --environment my-saas/prod -i app.conf.tpl -o - | kubectl apply -f -',
  ]
  static override flags = {
    ...consumeFlags,
    ...narrowFlags,
    in: string({char: 'i', helpValue: 'FILE', required: true, summary: 'The template; - is stdin.'}),
    out: string({char: 'o', helpValue: 'FILE', required: true, summary: 'Where it goes; - is stdout.'}),
  }

  async run() {
    const {flags, world} = this
    const {readTemplate, writeFilled} = await import('../lib/workload/template-file.ts')
    const template = await readTemplate(flags.in, flags.out, world.stdin)
    const {environment, org, filters} = await consumed(flags, world)
    const client = await this.client({org})
    const [{valuesOf}, {fill}] = await Promise.all([import('../lib/run/given.ts'), import('../lib/workload/fill.ts')])
    const say = (line: string) => void world.stderr.write(`${line}\n`)
    const {resolved} = await valuesOf({
      client,
      environment,
      filters,
      lastGood: null,
      offline: false,
      now: world.now,
      say,
    })
    const text = fill(template, resolved.items, resolved.environment)
    if (flags.out === '-') world.stdout.write(text)
    else writeFilled(flags.out, text)
  }
}
