import {boolean, string} from '@oclif/core/flags'
import {PosternError} from '../client/error.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {consumed, consumeFlags, narrowFlags} from '../lib/command/consume-flags.ts'

export default class Types extends PosternCommand<typeof Types> {
  static override summary = 'Write the keys of an environment as a TypeScript declaration for postern/sdk'
  static override description =
    'Then keys complete, and one that is not there does not compile. It holds names, never a value. With --check nothing is written, and a file that differs is exit 1.'
  static override examples = [
    '<%= config.bin %> types --environment my-saas/dev --out secrets.d.ts',
    '<%= config.bin %> types --environment my-saas/dev --out secrets.d.ts --check',
  ]
  static override flags = {
    ...consumeFlags,
    only: narrowFlags.only,
    out: string({helpValue: 'FILE', required: true, summary: 'The file to write; - is stdout.'}),
    check: boolean({summary: 'Write nothing; exit 1 if the file is not as it would be written.'}),
  }

  async run() {
    const {flags, world} = this
    const {namesOf} = await import('../lib/workload/names.ts')
    const {declarationOf, textAt, writeText} = await import('../lib/workload/declaration.ts')
    const {environment, org, filters} = await consumed(flags, world)
    const names = await namesOf(await this.client({org}), environment, filters)
    const text = declarationOf([...names.given, ...names.declared])
    const result = {environment: names.environment, keys: names.given.length + names.declared.length, out: flags.out}
    if (flags.out === '-') {
      if (!this.jsonEnabled()) world.stdout.write(text)
      return result
    }
    if (flags.check && textAt(flags.out) !== text)
      throw new PosternError('failed', `${flags.out} is not as the environment ${names.environment} has it.`, {
        next: `postern types --environment ${names.environment} --out ${flags.out}`,
      })
    if (!flags.check) writeText(flags.out, text)
    this.log(`${flags.check ? 'Up to date' : 'Wrote'}: ${flags.out}, ${result.keys} keys of ${names.environment}`)
    return result
  }
}
