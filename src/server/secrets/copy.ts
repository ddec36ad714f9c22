import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Target, type Write} from '../gate/types.ts'
import {forgetOldFacts} from '../values/facts.ts'
import {type Entry, isLive, loadEntries, nameOf} from '../values/load.ts'
import {loadSealed} from '../values/load-sealed.ts'
import {insertReferences, loadReferences, rowsOf} from '../values/references.ts'
import {type EntryState, type NewVersion, save} from '../values/save.ts'
import {refuseReferences} from './refuse-references.ts'

type Route = Routes['secretsCopy']
type Item = Reply<Route>['items'][number]
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Gives names of another scope the values of these, sealed anew there and shown to nobody; what people note beside them stays
 * behind. Refusals: malformed, forbidden (to write there needs its own permission), not_found, version_conflict (a value is
 * there), those of referring.
 */
export const copySecrets: Act<'secrets.copy', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // Each is several, and one that is refused must leave nothing to the next.
  for (const ask of asks) outcomes.push(await copyAll(tx, ask))
  return outcomes
}

async function copyAll(tx: Write<'secrets.copy'>, {actor, input: {query, body}}: Ask<Input<Route>>): Promise<Outcome> {
  const {scope} = query
  const {to, keys, overwrite = false} = body
  if (to === scope || new Set(keys).size < keys.length)
    return refusal('malformed', 'A copy goes to another scope, and takes each key once.')
  if (!actor.permissions.includes('secrets.write'))
    return refusal('forbidden', 'To write copies needs the permission secrets.write.')
  const stored = await loadEntries(
    tx.db,
    tx.orgId,
    'secret',
    keys.flatMap((key) => [
      {scope, key},
      {scope: to, key},
    ]),
  )
  const sources: Entry[] = []
  for (const key of keys) {
    const source = stored.get(nameOf({scope, key}))
    const there = stored.get(nameOf({scope: to, key}))
    if (!isLive(source) || source.length === null)
      return refusal('not_found', `There is no secret ${key} with a value in ${scope}. ${NOTHING}`)
    if (!overwrite && isLive(there) && there.length !== null)
      return refusal('version_conflict', `${to} has a secret ${key} already. ${NOTHING}`, {
        currentVersion: there.version,
      })
    sources.push(source)
  }
  const referencesOf = await loadReferences(tx.db, sources)
  const refused = await refuseReferences(
    tx,
    sources.map((source) => ({actor, scope: to, key: source.key, references: referencesOf(source)})),
  )
  const why = refused.find((one) => one !== null)
  if (why !== undefined) return why
  return write(tx, {scope, to, actor: actor.name, sources, stored, referencesOf})
}

const NOTHING = 'Nothing was copied.'

interface Copying {
  scope: string
  to: string
  /** Who does it, by name. */
  actor: string
  sources: readonly Entry[]
  stored: ReadonlyMap<string, Entry>
  referencesOf: Awaited<ReturnType<typeof loadReferences>>
}

async function write(
  tx: Write<'secrets.copy'>,
  {scope, to, actor, sources, stored, referencesOf}: Copying,
): Promise<Outcome> {
  const sealed = await loadSealed(tx.db, sources)
  const stamp = {updated_at: tx.now, updated_by: actor}
  const copies = sources.map((source): {item: Item; state: EntryState; version: NewVersion} => {
    const {key} = source
    const before = stored.get(nameOf({scope: to, key}))
    const {sealed: bytes, type} = sealed(source)!
    const place = {org: tx.org, kind: 'secret' as const, key, type}
    const version = (before?.version ?? 0) + 1
    const fresh = tx.reseal({...place, scope, version: source.version}, bytes, {...place, scope: to, version})
    const name = {scope: to, key}
    // A trial would tell, with no entry in the log, that two values are the same.
    const there = !tx.trial && isLive(before) && before.length !== null ? before : null
    const same = there?.equality != null && Buffer.from(there.equality).equals(fresh.equality)
    return {
      item: {key, version: same ? there.version : version, length: fresh.length, ...(same ? {same} : {})},
      state: {
        ...name,
        org_id: tx.orgId,
        kind: 'secret',
        version,
        length: fresh.length,
        equality: fresh.equality,
        locked: before?.locked ?? 0,
        deleted_at: null,
        purged_at: null,
        ...stamp,
      },
      version: {
        ...name,
        version,
        sealed: fresh.sealed,
        length: fresh.length,
        created_at: tx.now,
        created_by: actor,
        type,
      },
    }
  })
  const added = copies.filter(({item}) => item.same !== true)
  const states = added.map(({state}) => state)
  await forgetOldFacts(tx.db, stored, states)
  await save(
    tx.db,
    states,
    added.map(({version}) => version),
  )
  const entries = await loadEntries(tx.db, tx.orgId, 'secret', states)
  await insertReferences(
    tx.db,
    sources.flatMap((source, index) => {
      const {item, state} = copies[index]!
      return item.same === true ? [] : rowsOf(entries.get(nameOf(state))!.id, state.version, referencesOf(source))
    }),
  )
  const changed = added.length > 0
  const targets = sources
    .filter((_, index) => !changed || copies[index]!.item.same !== true)
    .map(({key, version}): Target => ({kind: 'secret', scope, name: key, version, to}))
  const items = copies.map(({item}) => item)
  return {reply: {scope, to, changed, items}, targets: targets as [Target, ...Target[]], changed}
}
