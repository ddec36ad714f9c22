import {custom} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import {sizeOf} from '../output/size.ts'
import type {Client} from './base.ts'
import {canAsk, confirm, requireYes} from './confirm.ts'
import {dryRunFlag, expectVersionFlag, scopeFlags, yesFlag} from './flags.ts'
import type {World} from './world.ts'

/** What each rollback takes. */
export const rollbackFlags = {
  ...scopeFlags,
  to: custom<number>({
    helpValue: 'N',
    summary: 'The version whose value it gets again.',
    parse: async (text) => {
      if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
      throw new PosternError('usage', '--to takes the number of a version.')
    },
  })(),
  ...expectVersionFlag,
  ...dryRunFlag,
  ...yesFlag,
}

interface Asked {
  noun: 'secret' | 'variable'
  key: string
  flags: {
    scope: string
    to?: number | undefined
    'expect-version'?: number | undefined
    yes: boolean
    'dry-run': boolean
  }
  world: World
  client: () => Promise<Client>
}

/**
 * Gives a secret or variable an earlier version's value again, as a new version: asks on a terminal, and without one goes
 * ahead only with `--yes`. A dry run asks the server.
 * @throws PosternError `usage`, `failed` when the answer is no, or what the server refused with.
 */
export async function rollbackValue({noun, key, flags, world, client}: Asked) {
  const {scope, to, 'dry-run': dry, yes, 'expect-version': expectVersion} = flags
  // Not `required`: the command that a refusal on the dashboard names must parse, and it knows no version.
  if (to === undefined)
    throw new PosternError('usage', 'Say which version: --to N.', {
      next: `postern ${noun} history --scope ${scope} ${key}   (shows the versions)`,
    })
  if (!dry) requireYes(yes, world)
  const server = await client()
  const ask = (dryRun: boolean) =>
    server.call(`${noun}sRollback`, {
      params: {org: server.org, key},
      query: {scope, dryRun},
      body: {to, ...(expectVersion === undefined ? {} : {expectVersion})},
    })
  const what = `${key} in ${scope}`
  const as = (reply: {version: number; length: number}) => `version ${reply.version}, ${sizeOf(reply.length)}`
  if (dry || (!yes && canAsk(world))) {
    const plan = await ask(true)
    if (!plan.changed || dry) {
      const text = plan.changed
        ? `[dry-run] would roll ${what} back to version ${to} as ${as(plan)}`
        : `Nothing changed: ${what} has the value of version ${to} already, ${as(plan)}`
      return {reply: dry ? {...plan, dryRun: true} : plan, text}
    }
    await confirm(`Roll ${what} back to version ${to} (${sizeOf(plan.length)}) as version ${plan.version}?`, world)
  }
  const reply = await ask(false)
  const text = reply.changed
    ? `Rolled ${what} back to version ${to}: ${as(reply)}, ${reply.updatedAt}`
    : `Nothing changed: ${what} has the value of version ${to} already, ${as(reply)}`
  return {reply, text}
}
