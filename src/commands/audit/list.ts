import {custom, string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {MAX_PAGE} from '../../contract/limits.ts'
import {isOperation, isOrg, OPERATION_RULE, ORG_RULE} from '../../contract/name-rules.ts'
import {type AuditEntry, auditEntry, outcomes} from '../../contract/routes/audit.ts'
import {PosternCommand} from '../../lib/command/base.ts'
import {followFlag, orgFlag, ruled} from '../../lib/command/flags.ts'
import {follow} from '../../lib/command/follow.ts'
import {sinceTime} from '../../lib/command/since.ts'
import {auditTable} from '../../lib/output/audit.ts'

export default class AuditList extends PosternCommand<typeof AuditList> {
  static override summary = 'Show what was done, disclosed and refused'
  static override examples = [
    '<%= config.bin %> audit list --since 24h',
    '<%= config.bin %> audit list --outcome refused --operation secrets.set',
    '<%= config.bin %> audit list --follow --json',
  ]
  static override flags = {
    ...orgFlag,
    operation: string({
      helpValue: 'OPERATION',
      summary: 'Only this operation, as in secrets.set.',
      parse: ruled('--operation', isOperation, OPERATION_RULE),
    }),
    actor: string({
      helpValue: 'NAME',
      summary: 'Only what this token did.',
      parse: ruled('--actor', isOrg, ORG_RULE),
    }),
    outcome: string({options: [...outcomes], summary: 'Only this outcome.'}),
    since: string({helpValue: 'TIME', summary: 'Only from then on: 24h, 7d, 2026-01-31.'}),
    limit: custom<number>({
      helpValue: 'N',
      default: 100,
      summary: `At most so many, the newest: 1 to ${MAX_PAGE}.`,
      parse: async (text) => {
        if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MAX_PAGE) return Number(text)
        throw new PosternError('usage', `--limit takes a whole number from 1 to ${MAX_PAGE}.`)
      },
    })(),
    ...followFlag,
  }

  async run() {
    const {operation, actor, since, limit, outcome} = this.flags
    const client = await this.client()
    const filter = {
      ...(operation === undefined ? {} : {operation}),
      ...(actor === undefined ? {} : {actor}),
      ...(outcome === undefined ? {} : {outcome: outcome as AuditEntry['outcome']}),
      ...(since === undefined ? {} : {since: sinceTime(since, this.world.now())}),
    }
    const page = (query: {limit?: number; after?: number}) =>
      client.call('auditList', {params: {org: client.org}, query: {...filter, ...query}})
    const parsed = (reply: Awaited<ReturnType<typeof page>>) =>
      reply.entries.map(({canonical, hash}) => ({...auditEntry.parse(JSON.parse(canonical)), hash}))

    const first = await page({limit})
    const entries = parsed(first).reverse()
    const {base} = first
    if (base !== null && entries.length < limit && (filter.since === undefined || filter.since <= base.time))
      this.world.stderr.write(`Entries up to ${base.last}, until ${base.time}, are archived, and no longer here.\n`)
    if (!this.flags.follow) {
      if (entries.length > 0) this.log(await auditTable(entries, this.world.stdoutIsTerminal))
      return {entries}
    }
    const show = async (news: (AuditEntry & {hash: string})[]) => {
      if (news.length === 0) return
      if (this.jsonEnabled()) for (const entry of news) this.world.stdout.write(`${JSON.stringify(entry)}\n`)
      else this.log(await auditTable(news, false))
    }
    await show(entries)
    await follow(entries.at(-1)?.sequence ?? first.head.sequence, this.world, async (after) => {
      const news = parsed(await page({after, limit: 1000}))
      await show(news)
      return news.at(-1)?.sequence ?? after
    })
    return undefined
  }
}
