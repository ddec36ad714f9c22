import {MAX_RESOLVED, MAX_RESOLVED_BYTES} from '../../contract/limits.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import {
  type Ask,
  type Disclose,
  type Disclosure,
  type Refusal,
  type Reveal,
  refusal,
  type Target,
} from '../gate/types.ts'
import {openForReaders, Unresolvable} from '../values/open-for-readers.ts'
import {follow} from '../values/references.ts'
import {wireOf} from '../values/wire.ts'

type Route = Routes['secretsReveal']
type Outcome = Disclosure<Reply<Route>> | Refusal

/**
 * Gives the secrets of a scope, or one of them, as their readers get them: one that does not open, or refers to what the
 * caller may not read, fails the whole. Refusals: not_found (the one that was asked for), too_many, unresolvable.
 */
export const revealSecrets: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const outcomes: Outcome[] = []
  for (const ask of asks) outcomes.push(await reveal(handle, ask))
  return outcomes
}

async function reveal(handle: Disclose, {actor, input: {query}}: Ask<Input<Route>>): Promise<Outcome> {
  const {scope} = query
  const entries = await loadValued(handle, query)
  if (query.key !== undefined && entries.length === 0)
    return refusal('not_found', 'There is no secret of this name with a value in this scope.')
  const bytes = entries.reduce((sum, {length}) => sum + length, 0)
  if (entries.length > MAX_RESOLVED || bytes > MAX_RESOLVED_BYTES)
    return refusal(
      'too_many',
      `The scope has ${entries.length} secrets of ${bytes} bytes; at most ${MAX_RESOLVED} secrets and ${MAX_RESOLVED_BYTES} bytes are given at once. Ask for them one by one.`,
    )
  const graph = await follow(
    handle.db,
    handle.orgId,
    entries.filter(({type}) => type === 'reference'),
  )
  try {
    const opened = await openForReaders(handle, entries, {graph, mayRead: (to) => reaches(actor.scopes, to.scope)})
    const items = entries.map(({key, version}, index) => {
      const {bytes, type} = opened[index]!
      const value = wireOf(bytes)
      bytes.fill(0)
      return {key, version, type, value}
    })
    const read = new Map(
      [...entries, ...graph.nodes].map(({id, scope, key, version}) => [id, {scope, name: key, version}]),
    )
    const names = [...read.values()].map((name) => ({kind: 'secret' as const, ...name}))
    const [first] = names
    const target: Target = query.key === undefined ? {kind: 'scope', scope} : first!
    return {
      reply: {scope, items},
      targets: [target],
      ...(names.length > 1 || (names.length === 1 && target !== first) ? {names} : {}),
    }
  } catch (error) {
    if (error instanceof Unresolvable) return refusal('unresolvable', error.message)
    throw error
  }
}

/** The live secrets with a value, in the order of their keys. */
async function loadValued({db, orgId}: Disclose, {scope, key}: Input<Route>['query']) {
  const rows = await db
    .selectFrom('entries')
    .innerJoin('versions', (join) =>
      join.onRef('versions.entry_id', '=', 'entries.id').onRef('versions.version', '=', 'entries.version'),
    )
    .select(['id', 'scope', 'key', 'entries.version', 'versions.length', 'type'])
    .where('org_id', '=', orgId)
    .where('kind', '=', 'secret')
    .where('scope', '=', scope)
    .$if(key !== undefined, (q) => q.where('key', '=', key!))
    .where('deleted_at', 'is', null)
    .where('entries.length', 'is not', null)
    .orderBy('key')
    .execute()
  return rows.map((row) => ({...row, kind: 'secret' as const}))
}
