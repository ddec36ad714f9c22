import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Client} from '../command/base.ts'
import {canAsk, confirm, requireYes} from '../command/confirm.ts'
import {type WireForm, wireForm} from '../command/wire-form.ts'
import type {World} from '../command/world.ts'
import {comparedText} from '../output/compared.ts'
import {type Compared, compareWith, onlyIn} from './compare.ts'
import type {FileValue} from './read.ts'

interface Asked {
  scope: string
  prune: boolean
  yes: boolean
  dryRun: boolean
  seal: boolean
  world: World
  client: () => Promise<Client>
  /** Told what is worth a word. */
  warn: (text: string) => void
}

type Imported = Reply<Routes['secretsImport']>

/**
 * Brings values into a scope in one step: shows what would change and asks, on a terminal; with `yes` it goes ahead, and asks
 * for no comparison. What was changed since it was shown is a conflict, and then nothing is written.
 * @throws PosternError `usage` where nobody can be asked, `failed` when the answer is no, and what the server refuses with.
 */
export async function importValues(
  values: readonly FileValue[],
  {scope, prune, yes, dryRun, seal, world, client, warn}: Asked,
): Promise<{reply: object; text: string}> {
  if (!dryRun) requireYes(yes, world)
  const to = await client()
  const form = await wireForm(to, 'secret', {seal}, world)
  const looks = dryRun || (!yes && canAsk(world))
  const compared = looks ? await compareWith(to, scope, values) : null
  const others = compared?.filter(({state}) => state === 'only-here') ?? (prune ? await onlyIn(to, scope, values) : [])
  const body = {
    items: await itemsOf(values, compared, scope, form),
    remove: (prune ? others : []).map(({key, version}) => ({scope, key, expectVersion: version})),
  }
  if (body.items.length + body.remove.length === 0)
    return {
      reply: {scope, changed: 0, unchanged: values.length, items: []},
      text: `Nothing to change: ${scope} holds what the file says.`,
    }
  const write = (trial: boolean) => to.call('secretsImport', {params: {org: to.org}, query: {dryRun: trial}, body})
  if (dryRun) {
    const reply = await write(true)
    warnOf(reply, warn)
    const shown = await comparedText(compared!, prune, world.stdoutIsTerminal)
    return {reply: {...reply, compared, dryRun: true}, text: `[dry-run] would change ${scope}:\n${shown}`}
  }
  if (compared !== null) {
    world.stderr.write(`Will change ${scope}:\n${await comparedText(compared, prune, world.stderrIsTerminal)}\n`)
    if (body.remove.length > 0) warnOf(await write(true), warn)
    await confirm('Go ahead?', world)
  }
  const reply = await write(false)
  if (compared === null) warnOf(reply, warn)
  for (const {value} of values) value.wipe()
  return {reply, text: doneText(reply, scope, values.length)}
}

/** What is deleted although others refer to it. */
function warnOf({items}: Imported, warn: Asked['warn']): void {
  for (const {scope, key, referencedBy} of items)
    if (referencedBy > 0)
      warn(`What refers to ${key} cannot be resolved without it: postern secret references --scope ${scope} ${key}`)
}

/** What differs, with the versions that were shown; all of it, where nothing was compared. */
async function itemsOf(values: readonly FileValue[], compared: Compared[] | null, scope: string, form: WireForm) {
  const known = new Map(compared?.map((one) => [one.key, one]))
  const differing = values.filter(({key}) => known.get(key)?.state !== 'same')
  return Promise.all(
    differing.map(async ({key, value}) => {
      const one = known.get(key)
      const expected = one === undefined ? {} : {expectVersion: one.version}
      return {scope, key, value: await form({scope, key}, value.bytes()), ...expected}
    }),
  )
}

function doneText({items}: Imported, scope: string, of: number): string {
  const count = (did: 'set' | 'remove') => items.filter((item) => item.changed && item.did === did).length
  const [set, removed] = [count('set'), count('remove')]
  const rest = of - set
  const parts = [
    `${set} set`,
    ...(removed > 0 ? [`${removed} deleted`] : []),
    ...(rest > 0 ? [`${rest} the same`] : []),
  ]
  return `Imported into ${scope}: ${parts.join(', ')}.`
}
