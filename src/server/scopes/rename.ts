import {sql} from 'kysely'
import {isScope} from '../../contract/name-rules.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {covers} from '../../contract/scope-pattern.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {type Entry, isLive, nameOf} from '../values/load.ts'
import {type Kept, loadKept, MOST_BYTES, moveEntries, type Onto, ontoPurged} from '../values/move.ts'
import {countReferrersInto} from '../values/references.ts'
import {lockedAgainst} from '../values/set.ts'
import {countsOf, type Extent, loadExtent, MOST} from './extent.ts'
import {within} from './within.ts'

type Route = Routes['scopesRename']
type Outcome = Change<Reply<Route>> | Refusal

/** What a rename finds. */
export interface Found extends Extent, Kept {
  /** What is at the new name, what was deleted or purged there too. */
  target: Extent
  /** What each token is bound to that is bound to scopes. */
  bound: string[][]
  /** How many secrets refer to one in it by its name. */
  referencedBy: number
}

/**
 * Renames each scope and all below it, with every version. Refusals: malformed, not_found, already_exists, too_many, and
 * variable_locked from the dashboard.
 */
export const renameScopes: Act<'scopes.rename', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What renames a scope has a turn to itself, so this list has one element.
  for (const ask of asks) {
    const {scope} = ask.input.query
    const {to} = ask.input.body
    const found = await find(tx, scope, to)
    const outcome = decideRename(found, ask)
    outcomes.push(outcome)
    if ('refused' in outcome) continue
    await moveEntries(tx, {
      ...numbered(found, scope, to)!,
      isOne: within('scope', scope),
      renamed: (path) => to + path.slice(scope.length),
    })
    await tx.db
      .updateTable('scopes')
      .set({path: sql`${to} || substr(path, ${scope.length + 1})`})
      .where('org_id', '=', tx.orgId)
      .where(within('path', scope))
      .execute()
  }
  return outcomes
}

async function find(tx: Write<'scopes.rename'>, scope: string, to: string): Promise<Found> {
  const extent = await loadExtent(tx, scope)
  const target = await loadExtent(tx, to)
  const kept = await loadKept(tx, within('scope', scope))
  const tokens = await tx.db
    .selectFrom('tokens')
    .select('scopes')
    .where('org_id', '=', tx.orgId)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', tx.now)]))
    .where('scopes', 'is not', null)
    .execute()
  return {
    ...extent,
    ...kept,
    target,
    referencedBy: await countReferrersInto(tx.db, tx.orgId, scope),
    bound: tokens.map(({scopes}) => JSON.parse(scopes!) as string[]),
  }
}

/** The entries as they are at the new name; null: a number would be used twice there. */
export function numbered(found: Found, scope: string, to: string): Onto | null {
  const at = (kind: string, path: string, key: string) => `${kind} ${nameOf({scope: path, key})}`
  const there = new Map(found.target.entries.map((entry) => [at(entry.kind, entry.scope, entry.key), entry]))
  const purgedAt = (entry: Entry) => there.get(at(entry.kind, to + entry.scope.slice(scope.length), entry.key))
  return ontoPurged(found.entries, purgedAt, found)
}

/** What becomes of a rename that finds this. */
export function decideRename(found: Found, {input, actor}: Ask<Input<Route>>): Outcome {
  const {paths, entries, target, versions, bytes, bound, referencedBy} = found
  const {scope} = input.query
  const {to} = input.body
  if (covers(`${scope}/**`, to) || covers(`${to}/**`, scope))
    return refusal(
      'malformed',
      'The one name lies within the other: a scope cannot be moved into itself or over itself.',
    )
  if (paths.length === 0) return refusal('not_found', 'There is no such scope.')
  if (target.paths.length > 0 || target.entries.some(isLive))
    return refusal('already_exists', 'There is a scope of the new name or below it. Choose another name.')
  if (target.entries.some((entry) => entry.purged_at === null)) {
    return refusal(
      'already_exists',
      'Names that were deleted at the new name can still be restored. Purge them first, or choose another name.',
    )
  }
  if (numbered(found, scope, to) === null) {
    return refusal(
      'already_exists',
      'At the new name, names of this scope were purged, and their version numbers cannot be used again. Choose another name; or create that scope and set the values there.',
    )
  }
  const renamed = (path: string) => to + path.slice(scope.length)
  if (![...paths, ...entries.map((entry) => entry.scope)].every((path) => isScope(renamed(path))))
    return refusal('malformed', 'With this name, a scope below would have more than 16 segments or 255 bytes.')
  if (
    [versions, entries.length, paths.length, target.entries.length].some((count) => count > MOST) ||
    bytes > MOST_BYTES
  ) {
    return refusal(
      'too_many',
      `This would move more than ${MOST} versions, names or scopes, or 64 MiB, at once. Rename the scopes below it one by one first, or end old versions: postern secret purge --versions.`,
    )
  }
  const live = entries.filter(isLive)
  if (actor.surface === 'dashboard' && entries.some(({locked}) => locked === 1)) return lockedAgainst(actor)
  const tokensLeft = bound.filter((patterns) => patterns.some((pattern) => covers(`${scope}/**`, pattern))).length
  return {
    reply: {scope, to, scopes: paths.length, ...countsOf(live), versions, tokensLeft, referencedBy, changed: true},
    targets: [
      {kind: 'scope', scope, to},
      ...paths.filter((path) => path !== scope).map((path) => ({kind: 'scope', scope: path, to: renamed(path)})),
      ...entries.map(({kind, key, version, ...at}) => ({
        kind,
        scope: at.scope,
        name: key,
        version,
        to: renamed(at.scope),
      })),
    ],
    changed: true,
  }
}
