import {string} from '@oclif/core/flags'
import {PosternError} from '../client/error.ts'
import {PosternCommand} from '../lib/command/base.ts'
import {consumed, consumeFlags, narrowFlags} from '../lib/command/consume-flags.ts'

export default class Check extends PosternCommand<typeof Check> {
  static override summary = 'Say which of the keys that a file declares an environment does not give; exit 1 if any'
  static override description =
    'For CI. The file is as an .env.example: KEY or KEY=… a line, # for comments. Who is signed in is told without a value being read; a workload’s token resolves its environment.'
  static override examples = ['<%= config.bin %> check --environment my-saas/prod --example .env.example']
  static override flags = {
    ...consumeFlags,
    only: narrowFlags.only,
    example: string({helpValue: 'FILE', required: true, summary: 'The file that declares keys.'}),
  }

  async run() {
    const {flags, world} = this
    const {declaredKeys} = await import('../lib/workload/declared-keys.ts')
    const {namesOf} = await import('../lib/workload/names.ts')
    const {environment, org, filters} = await consumed(flags, world)
    const wanted = declaredKeys(flags.example)
    const names = await namesOf(await this.client({org}), environment, filters)
    const given = new Set(names.given)
    const missing = wanted.filter((key) => !given.has(key))
    const result = {environment: names.environment, declared: wanted.length, missing}
    if (missing.length === 0) {
      this.log(`The environment ${names.environment} gives all ${wanted.length} keys.`)
      return result
    }
    for (const key of missing) this.log(names.declared.includes(key) ? `${key} (declared, without a value)` : key)
    return {...result, ...(await this.endWith(lacks(names.environment, missing.length)))}
  }
}

const lacks = (environment: string, count: number) =>
  new PosternError('failed', `The environment ${environment} does not give ${count} of them.`, {
    next: `postern environment explain ${environment}   (shows what it gives)`,
  })
