import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Target, type Write} from '../gate/types.ts'
import {deleteValues} from '../values/delete.ts'
import {isLive, loadEntries, type Named, nameOf} from '../values/load.ts'
import {countReferrers} from '../values/references.ts'
import {conflict} from '../values/set.ts'
import {setManyValues} from '../values/set-many.ts'
import {declareNames} from './declare.ts'

type Route = Routes['secretsImport']
type Body = Input<Route>['body']
type Item = Reply<Route>['items'][number]
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Sets, declares and deletes what each ask names, or nothing of it. Refusals: malformed (nothing, or a name twice),
 * forbidden (deleting needs its own permission), version_conflict, and those of setting.
 */
export const importSecrets: Act<'secrets.import', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // Each is many already, and one that is refused must leave nothing to the next.
  for (const ask of asks) outcomes.push(await importAll(tx, ask))
  return outcomes
}

async function importAll(tx: Write<'secrets.import'>, {actor, input: {body}}: Ask<Input<Route>>): Promise<Outcome> {
  const {items, remove = []} = body
  const wrong = wrongIn(body)
  if (wrong !== null) return refusal('malformed', `${wrong} ${NOTHING}`)
  if (remove.length > 0 && !actor.permissions.includes('secrets.delete'))
    return refusal('forbidden', `To delete what a file does not have needs the permission secrets.delete. ${NOTHING}`)
  const moved = await movedOf(tx, remove)
  if (moved !== null) return moved

  // Setting refuses, and before it writes; what comes behind it does not.
  const values = items.flatMap(({value, ...item}) => (value === undefined ? [] : [{...item, value}]))
  const set = values.length === 0 ? null : (await setManyValues(tx, 'secret', [{actor, input: manyOf(values)}]))[0]!
  if (set !== null && 'refused' in set) return set
  const declared = await declareNames(
    tx,
    items.filter(({value}) => value === undefined).map(({scope, key}) => ({actor, scope, key})),
  )
  const referrers = await countReferrers(tx.db, tx.orgId, remove)
  const removed = (await deleteValues(tx, 'secret', remove.map(deletionBy(actor)))) as Change<Item>[]
  return changeOf([
    ...(set?.reply.items ?? []).map((item) => ({...item, did: 'set' as const, referencedBy: 0})),
    ...declared.map(({reply}) => ({...reply, did: 'declare' as const, referencedBy: 0})),
    ...removed.map(({reply}) => ({...reply, did: 'remove' as const, referencedBy: referrers.get(nameOf(reply)) ?? 0})),
  ])
}

const NOTHING = 'Nothing of this call was written.'

function wrongIn({items, remove = []}: Body): string | null {
  const all = [...items, ...remove]
  if (all.length === 0) return 'It names nothing.'
  const seen = new Set<string>()
  const twice = all.find((item) => seen.size === seen.add(nameOf(item)).size)
  return twice === undefined ? null : `It names ${twice.scope}/${twice.key} twice.`
}

/** What is to be deleted and is another version by now, or not there. */
async function movedOf(tx: Write<'secrets.import'>, remove: NonNullable<Body['remove']>): Promise<Refusal | null> {
  const stored = await loadEntries(tx.db, tx.orgId, 'secret', remove)
  for (const {scope, key, expectVersion} of remove) {
    const entry = stored.get(nameOf({scope, key}))
    if (!isLive(entry))
      return refusal('version_conflict', `${scope}/${key} is to be deleted, and is not there. ${NOTHING}`)
    const current = entry.length === null ? 0 : entry.version
    if (expectVersion !== undefined && expectVersion !== current) return conflict(expectVersion, current)
  }
  return null
}

const manyOf = (items: Input<Routes['secretsSetMany']>['body']['items']): Input<Routes['secretsSetMany']> => ({
  params: {org: ''},
  query: {},
  body: {items},
})

const deletionBy =
  (actor: Ask<unknown>['actor']) =>
  ({scope, key}: Named) => ({actor, input: {params: {key}, query: {scope}}})

function changeOf(items: Item[]): Outcome {
  const targets = new Map(items.map((item) => [targetOf(item), item]))
  const [changed, rest] = [true, false].map((was) =>
    [...targets.keys()].filter((one) => targets.get(one)!.changed === was),
  )
  const note = (target: Target) => NOTES[targets.get(target)?.did ?? 'set']
  const some = changed!.length > 0
  return {
    reply: {changed: changed!.length, unchanged: rest!.length, items},
    targets: (some ? changed : rest) as [Target, ...Target[]],
    changed: some,
    note,
    ...(rest!.length === 0
      ? {}
      : {
          unchanged: {
            target: {kind: 'secret', ...(scopeOf(rest!) ?? {})},
            reason: `${rest!.length} of ${items.length} were so already`,
          },
        }),
  }
}

const targetOf = ({scope, key, version}: Item): Target => ({kind: 'secret', scope, name: key, version})

const NOTES = {set: null, declare: 'declared, without a value', remove: 'deleted: the file does not have it'} as const

/** One entry stands for all that stayed: it has a scope where they share one. */
function scopeOf(targets: readonly Target[]): {scope: string} | null {
  const [{scope} = {}] = targets
  return scope !== undefined && targets.every((one) => one.scope === scope) ? {scope} : null
}
