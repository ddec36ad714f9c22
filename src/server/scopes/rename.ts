import {isScope} from '../../contract/name-rules.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {covers} from '../../contract/scope-pattern.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {isLive} from '../values/load.ts'
import {lockedAgainst} from '../values/set.ts'
import {countsOf, type Extent, loadExtent} from './extent.ts'
import {move} from './move.ts'
import {within} from './within.ts'

type Route = Routes['scopesRename']
type Outcome = Change<Reply<Route>> | Refusal

/** The most versions, and the most names, that one rename moves: no other write is done meanwhile. */
export const MOST_VERSIONS = 10_000

/** What a rename finds. */
export interface Found extends Extent {
  /** Whether there is anything of the new name, deleted names too. */
  taken: boolean
  versions: number
  /** What each token is bound to that is bound to scopes. */
  bound: string[][]
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
    if (!('refused' in outcome)) await move(tx, found.entries, scope, to)
  }
  return outcomes
}

async function find(tx: Write<'scopes.rename'>, scope: string, to: string): Promise<Found> {
  const extent = await loadExtent(tx, scope)
  const target = await loadExtent(tx, to)
  const {count} = await tx.db
    .selectFrom('versions')
    .innerJoin('entries', 'entries.id', 'versions.entry_id')
    .select(({fn}) => fn.countAll<number>().as('count'))
    .where('org_id', '=', tx.orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where(within('scope', scope))
    .executeTakeFirstOrThrow()
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
    taken: target.paths.length + target.entries.length > 0,
    versions: Number(count),
    bound: tokens.map(({scopes}) => JSON.parse(scopes!) as string[]),
  }
}

/** What becomes of a rename that finds this. */
export function decideRename(
  {paths, entries, taken, versions, bound}: Found,
  {input, actor}: Ask<Input<Route>>,
): Outcome {
  const {scope} = input.query
  const {to} = input.body
  if (covers(`${scope}/**`, to) || covers(`${to}/**`, scope))
    return refusal(
      'malformed',
      'The one name lies within the other: a scope cannot be moved into itself or over itself.',
    )
  if (paths.length === 0) return refusal('not_found', 'There is no such scope.')
  if (taken) {
    return refusal(
      'already_exists',
      'There is a scope of the new name or below it, or names that were deleted there. Choose another name.',
    )
  }
  const renamed = (path: string) => to + path.slice(scope.length)
  if (![...paths, ...entries.map((entry) => entry.scope)].every((path) => isScope(renamed(path))))
    return refusal('malformed', 'With this name, a scope below would have more than 16 segments or 255 bytes.')
  if (versions > MOST_VERSIONS || entries.length > MOST_VERSIONS) {
    return refusal(
      'too_many',
      `This would move more than ${MOST_VERSIONS} versions or names at once. Rename the scopes below it one by one first.`,
    )
  }
  const live = entries.filter(isLive)
  if (actor.surface === 'dashboard' && entries.some(({locked}) => locked === 1)) return lockedAgainst(actor)
  const tokensLeft = bound.filter((patterns) => patterns.some((pattern) => covers(`${scope}/**`, pattern))).length
  return {
    reply: {scope, to, scopes: paths.length, ...countsOf(live), versions, tokensLeft, changed: true},
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
