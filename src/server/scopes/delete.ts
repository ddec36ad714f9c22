import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal} from '../gate/types.ts'
import {isLive} from '../values/load.ts'
import {countReferrersInto} from '../values/references.ts'
import {lockedAgainst} from '../values/set.ts'
import {countsOf, type Extent, loadExtent, MOST} from './extent.ts'
import {within} from './within.ts'

type Route = Routes['scopesDelete']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Deletes each scope; where asked, with all below it and each secret and variable in them, which can be restored as after
 * a deletion of their own. Refusals: not_found, not_empty, too_many, and variable_locked from the dashboard.
 */
export const deleteScopes: Act<'scopes.delete', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What deletes a scope has a turn to itself, so this list has one element.
  for (const ask of asks) {
    const {scope} = ask.input.query
    const referencedBy = await countReferrersInto(tx.db, tx.orgId, scope)
    const outcome = decideDelete({...(await loadExtent(tx, scope, {live: true})), referencedBy}, ask)
    outcomes.push(outcome)
    if ('refused' in outcome) continue
    await tx.db.deleteFrom('scopes').where('org_id', '=', tx.orgId).where(within('path', scope)).execute()
    await tx.db
      .updateTable('entries')
      .set({deleted_at: tx.now, updated_at: tx.now, updated_by: ask.actor.name})
      .where('org_id', '=', tx.orgId)
      .where('kind', 'in', ['secret', 'variable'])
      .where('deleted_at', 'is', null)
      .where(within('scope', scope))
      .execute()
  }
  return outcomes
}

/** What becomes of a deletion of a scope with this extent. */
export function decideDelete(
  {paths, entries, referencedBy}: Extent & {referencedBy: number},
  {input, actor}: Ask<Input<Route>>,
): Outcome {
  const {scope, recursive = false} = input.query
  const live = entries.filter(isLive)
  if (paths.length === 0) return refusal('not_found', 'There is no such scope.')
  if (!recursive && live.length + paths.filter((path) => path !== scope).length > 0) {
    return refusal('not_empty', 'The scope holds secrets or variables, or has scopes below it.')
  }
  if (live.length > MOST || paths.length > MOST) {
    return refusal(
      'too_many',
      `This would delete more than ${MOST} names or scopes at once. Delete the scopes below it, or names of it, first.`,
    )
  }
  if (actor.surface === 'dashboard' && live.some(({locked}) => locked === 1)) return lockedAgainst(actor)
  return {
    reply: {scope, scopes: paths.length, ...countsOf(live), referencedBy, changed: true},
    targets: [
      {kind: 'scope', scope},
      ...paths.filter((path) => path !== scope).map((path) => ({kind: 'scope', scope: path})),
      ...live.map(({kind, key, version, length, ...at}) => ({
        kind,
        scope: at.scope,
        name: key,
        version: length === null ? 0 : version,
      })),
    ],
    changed: true,
  }
}
