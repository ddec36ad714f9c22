import type {Client} from './base.ts'
import {canAsk, confirm, requireYes} from './confirm.ts'
import type {World} from './world.ts'

interface Asked {
  route: 'secretsDelete' | 'variablesDelete'
  scope: string
  key: string
  flags: {yes: boolean; 'dry-run': boolean}
  world: World
  client: () => Promise<Client>
}

/**
 * Deletes a secret or variable: asks on a terminal, and without one goes ahead only with `--yes`. A dry run asks the server.
 * @throws PosternError `usage`, `failed` when the answer is no, `not_found`, or what the server refused with.
 */
export async function deleteValue({route, scope, key, flags, world, client}: Asked) {
  if (!flags['dry-run']) requireYes(flags.yes, world)
  const to = await client()
  const ask = (dryRun: boolean) => to.call(route, {params: {org: to.org, key}, query: {scope, dryRun}})
  if (flags['dry-run']) {
    const reply = await ask(true)
    return {
      reply: {...reply, dryRun: true},
      text: `[dry-run] would delete ${key} in ${scope} (${stateOf(reply.version)})`,
      warning: warningOf(reply, scope, key),
    }
  }
  if (!flags.yes && canAsk(world)) {
    const plan = await ask(true)
    const warning = warningOf(plan, scope, key)
    if (warning !== null) world.stderr.write(`Warning: ${warning}\n`)
    await confirm(`Delete ${key} in ${scope} (${stateOf(plan.version)})?`, world)
  }
  const reply = await ask(false)
  const warning = flags.yes || !canAsk(world) ? warningOf(reply, scope, key) : null
  return {reply, text: `Deleted ${key} in ${scope} (${stateOf(reply.version)})`, warning}
}

const stateOf = (version: number) => (version === 0 ? 'declared, without a value' : `version ${version}`)

/** What is worth a word about a deletion; null: nothing is. */
const warningOf = (reply: object, scope: string, key: string): string | null => {
  const {referencedBy = 0} = reply as {referencedBy?: number}
  if (referencedBy === 0) return null
  const who = referencedBy === 1 ? 'A secret refers' : `${referencedBy} secrets refer`
  return `${who} to it, and cannot be resolved until it is there again: postern secret references --scope ${scope} ${key}`
}
