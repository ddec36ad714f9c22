import {sql} from 'kysely'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Target, type Write} from '../gate/types.ts'
import {MOST} from '../scopes/extent.ts'
import {numbersOf} from '../store/json-list.ts'
import {type Entry, isLive, loadEntries, nameOf} from '../values/load.ts'
import {loadKept, MOST_BYTES, moveEntries, ontoPurged} from '../values/move.ts'
import {countReferrers, loadReferences} from '../values/references.ts'
import {insertScopes} from '../values/save.ts'
import {refuseReferences} from './refuse-references.ts'

type Route = Routes['secretsMove']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Moves secrets to another scope, sealed anew there and shown to nobody, with versions, facts, readings and ids. Refusals:
 * malformed, forbidden (to write and to delete need their own permissions), not_found, already_exists, too_many, those of
 * referring.
 */
export const moveSecrets: Act<'secrets.move', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // Each is several, and one that is refused must leave nothing to the next.
  for (const ask of asks) outcomes.push(await moveAll(tx, ask))
  return outcomes
}

async function moveAll(tx: Write<'secrets.move'>, {actor, input: {query, body}}: Ask<Input<Route>>): Promise<Outcome> {
  const {scope} = query
  const {to, keys} = body
  if (to === scope || new Set(keys).size < keys.length)
    return refusal('malformed', 'A move goes to another scope, and takes each key once.')
  const missing = (['secrets.write', 'secrets.delete'] as const).find((one) => !actor.permissions.includes(one))
  if (missing !== undefined) return refusal('forbidden', `To move secrets needs the permission ${missing}.`)
  const named = keys.map((key) => ({scope, key}))
  const stored = await loadEntries(tx.db, tx.orgId, 'secret', [...named, ...keys.map((key) => ({scope: to, key}))])
  const sources: Entry[] = []
  for (const key of keys) {
    const source = stored.get(nameOf({scope, key}))
    if (!isLive(source)) return refusal('not_found', `There is no secret ${key} in ${scope}. ${NOTHING}`)
    const taken = refuseTaken(stored.get(nameOf({scope: to, key})), to)
    if (taken !== null) return taken
    sources.push(source)
  }

  const isOne = sql<boolean>`id in ${numbersOf(JSON.stringify(sources.map(({id}) => id)))}`
  const kept = await loadKept(tx, isOne)
  if (kept.versions > MOST || kept.bytes > MOST_BYTES)
    return refusal(
      'too_many',
      `This would move more than ${MOST} versions, or 64 MiB, at once. Move fewer first, or end old versions: postern secret purge --versions. ${NOTHING}`,
    )
  const onto = ontoPurged(sources, ({key}) => stored.get(nameOf({scope: to, key})), kept)
  if (onto === null)
    return refusal(
      'already_exists',
      `In ${to}, a name of these was purged, and its version numbers cannot be used again. Copy it instead: postern secret copy. ${NOTHING}`,
    )
  const referencesOf = await loadReferences(tx.db, sources)
  const refused = await refuseReferences(
    tx,
    sources.map((source) => ({actor, scope: to, key: source.key, references: referencesOf(source)})),
  )
  const why = refused.find((one) => one !== null)
  if (why !== undefined) return why

  const referrers = await countReferrers(tx.db, tx.orgId, named, {byName: true})
  await insertScopes(tx.db, [{org_id: tx.orgId, path: to, created_at: tx.now, created_by: actor.name}])
  await moveEntries(tx, {...onto, isOne, renamed: () => to})
  const targets = sources.map(({key, version}): Target => ({kind: 'secret', scope, name: key, version, to}))
  return {
    reply: {
      scope,
      to,
      changed: true,
      items: onto.entries.map(({key, version}) => ({
        key,
        version,
        referencedBy: referrers.get(`${scope} ${key}`) ?? 0,
      })),
    },
    targets: targets as [Target, ...Target[]],
    changed: true,
  }
}

const NOTHING = 'Nothing was moved.'

/** Why nothing may take the name of that entry; null: it is not there, or was purged. */
function refuseTaken(there: Entry | undefined, to: string): Refusal | null {
  if (there === undefined || there.purged_at !== null) return null
  if (there.deleted_at === null) return refusal('already_exists', `${to} has a secret ${there.key} already. ${NOTHING}`)
  return refusal(
    'already_exists',
    `A secret ${there.key} that was deleted in ${to} can still be restored. Purge it first: postern secret purge. ${NOTHING}`,
  )
}
