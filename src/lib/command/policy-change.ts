import {string} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {isNote, NOTE_RULE} from '../../contract/name-rules.ts'
import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Selector} from '../../contract/routes/policy.ts'
import {changeTable, stateTable, wordsOf} from '../output/policy.ts'
import type {Client} from './base.ts'
import {canAsk, confirm} from './confirm.ts'
import {dryRunFlag, orgFlag, yesFlag} from './flags.ts'
import type {World} from './world.ts'

/** What each policy change takes. */
export const changeFlags = {
  ...orgFlag,
  reason: string({
    helpValue: 'TEXT',
    summary: 'Why, for the audit log.',
    parse: async (text) => {
      if (isNote(text)) return text
      throw new PosternError('usage', `--reason takes ${NOTE_RULE}.`)
    },
  }),
  ...dryRunFlag,
  ...yesFlag,
}

type Change = 'policyLock' | 'policyUnlock' | 'policyReset'
type Changed = Reply<Routes[Change]>

interface Asked {
  /** None: every rule there is (`policyReset` alone). */
  selectors: Selector[]
  flags: {reason?: string | undefined; yes: boolean; 'dry-run': boolean}
  world: World
  client: Client
}

/**
 * Asks the server what a policy change would do and shows it on stderr; asks on a terminal; does it. Gives the
 * server's reply, and the result as text: each operation with its effect and the rule that decides.
 * @throws PosternError `failed` when the answer is no, `interrupted` on Ctrl-C, or what the server refused with.
 */
export async function changePolicy(change: Change, asked: Asked): Promise<{reply: Changed; text: string}> {
  const {selectors, flags, world, client} = asked
  const ask = (dryRun: boolean): Promise<Changed> =>
    client.call(change, {
      params: {org: client.org},
      query: {dryRun},
      body: {
        ...(selectors.length === 0 ? {} : {selectors}),
        ...(flags.reason === undefined ? {} : {reason: flags.reason}),
      } as {selectors: Selector[]},
    })

  const plan = await ask(true)
  const title = titleOf(change, selectors)
  if (flags['dry-run'])
    return {reply: plan, text: `[dry-run] would ${title}\n${await changes(plan, world.stdoutIsTerminal)}`}
  if (!plan.changed) return {reply: plan, text: ['Nothing to change.', ...(await states(plan, world))].join('\n')}
  world.stderr.write(`Will ${title}\n${await changes(plan, world.stderrIsTerminal)}\n`)
  if (!flags.yes && canAsk(world)) await confirm('Go ahead?', world)
  const reply = await ask(false)
  if (change === 'policyUnlock') for (const line of outvoted(reply)) world.stderr.write(`${line}\n`)
  return {
    reply,
    text: [...(await states(reply, world)), ...(reply.operations.length === 0 ? ['Done.'] : [])].join('\n'),
  }
}

const states = async ({operations}: Changed, {stdoutIsTerminal}: World) =>
  operations.length === 0 ? [] : [await stateTable(operations, stdoutIsTerminal)]

const changes = async ({operations}: Changed, terminal: boolean) =>
  operations.length === 0 ? 'No operation changes.' : changeTable(operations, terminal)

function titleOf(change: Change, selectors: readonly Selector[]): string {
  const which = selectors.map(wordsOf).join(', ')
  if (change === 'policyReset') return selectors.length === 0 ? 'remove every rule' : `remove the rules for ${which}`
  return `${change === 'policyLock' ? 'lock' : 'unlock'} on the dashboard: ${which}`
}

/** What an unlock did not unlock, and the command that does. */
function outvoted({operations}: Changed): string[] {
  const deciding = operations.flatMap(({effect, decidedBy}) => (effect === 'enabled' || !decidedBy ? [] : [decidedBy]))
  return [...new Map(deciding.map((rule) => [wordsOf(rule), rule])).values()].map(
    (rule) => `The rule for ${wordsOf(rule)} still decides. Take it away: postern policy reset ${argvOf(rule)}`,
  )
}

const argvOf = (selector: Selector): string =>
  selector.by === 'all' ? '--all' : selector.by === 'operation' ? selector.name : `--${selector.by} ${selector.name}`
