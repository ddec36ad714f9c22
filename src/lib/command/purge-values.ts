import {boolean, custom} from '@oclif/core/flags'
import {PosternError} from '../../client/error.ts'
import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {purgedCount, purgedTable, STILL_THERE} from '../output/purged.ts'
import {allItems} from './all-pages.ts'
import type {Client} from './base.ts'
import {canAsk, confirm, requireYes} from './confirm.ts'
import {DURATION_RULE, secondsOf} from './duration.ts'
import {dryRunFlag, optionalScopeFlags, yesFlag} from './flags.ts'
import type {World} from './world.ts'

/** What each purge takes. */
export const purgeFlags = {
  ...optionalScopeFlags,
  'older-than': custom<number>({
    required: true,
    helpValue: 'AGE',
    summary: 'How long ago at least it was deleted: 90d, 12h.',
    parse: async (text) => {
      const seconds = secondsOf(text)
      if (seconds !== null) return seconds
      throw new PosternError('usage', `--older-than takes ${DURATION_RULE}.`)
    },
  })(),
  versions: boolean({summary: 'Also what newer versions superseded that long ago; never a current one.'}),
  ...dryRunFlag,
  ...yesFlag,
}

interface Asked {
  noun: 'secret' | 'variable'
  key: string | undefined
  flags: {scope?: string | undefined; 'older-than': number; versions: boolean; yes: boolean; 'dry-run': boolean}
  world: World
  client: () => Promise<Client>
}

type Items = Reply<Routes['secretsPurge']>['items']

/**
 * Ends for good what was deleted long ago: shows it and asks on a terminal, and without one goes ahead only with `--yes`.
 * A dry run asks the server, and shows what would go.
 * @throws PosternError `usage`, `failed` when the answer is no, or what the server refused with.
 */
export async function purgeValues({noun, key, flags, world, client}: Asked) {
  const {scope, 'older-than': olderThan, versions, yes, 'dry-run': dry} = flags
  if (key !== undefined && scope === undefined) throw new PosternError('usage', 'A KEY needs its --scope.')
  if (!dry) requireYes(yes, world)
  const server = await client()
  let erased = true
  const ask = (dryRun: boolean): Promise<Items> =>
    allItems(async (cursor) => {
      const page = await server.call(`${noun}sPurge`, {
        params: {org: server.org},
        query: {...(scope === undefined ? {} : {scope}), ...(key === undefined ? {} : {key}), cursor, dryRun},
        body: {olderThan, versions},
      })
      // Of all pages the last one says it.
      erased = page.erased
      return page
    })
  if (dry) {
    const items = await ask(true)
    warnOf(items, world)
    const what = `[dry-run] would purge ${purgedCount(noun, items)}`
    return {
      result: {items, changed: items.length > 0, erased, dryRun: true},
      text: items.length === 0 ? what : `${await purgedTable(items, world.stdoutIsTerminal)}\n${what}`,
    }
  }
  if (!yes && canAsk(world)) {
    const plan = await ask(true)
    if (plan.length === 0) return {result: {items: plan, changed: false, erased}, text: 'Nothing to purge.'}
    world.stderr.write(`${await purgedTable(plan, true)}\n`)
    warnOf(plan, world)
    await confirm(`Purge ${purgedCount(noun, plan)} for good?`, world)
  }
  const items = await ask(false)
  if (yes || !canAsk(world)) warnOf(items, world)
  const text = items.length === 0 ? 'Nothing to purge.' : `Purged ${purgedCount(noun, items)} for good`
  return {result: {items, changed: items.length > 0, erased}, text: erased ? text : `${text}\n${STILL_THERE}`}
}

function warnOf(items: Items, {stderr}: World): void {
  for (const {scope, key, referencedBy} of items)
    if (referencedBy > 0)
      stderr.write(
        `Warning: ${referencedBy} ${referencedBy === 1 ? 'secret refers' : 'secrets refer'} to ${scope}/${key}, which no restore brings back.\n`,
      )
}
