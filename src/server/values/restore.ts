import type {Operation} from '../../contract/operations.ts'
import type {Restored} from '../../contract/routes/shared.ts'
import {type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import type {DeleteInput} from './delete.ts'
import {type Entry, type Kind, loadEntries, nameOf} from './load.ts'
import {save} from './save.ts'
import {lockedAgainst} from './set.ts'

type Outcome = Change<Restored> | Refusal

/** Brings back each that was deleted, as it was: no new version, since its value is the same. Refusals: not_found, variable_locked. */
export async function restoreValues(
  tx: Write<Operation>,
  kind: Kind,
  asks: readonly Ask<DeleteInput>[],
): Promise<Outcome[]> {
  const named = asks.map(({input}) => ({scope: input.query.scope, key: input.params.key}))
  const plan = decideRestores(tx.now, kind, await loadEntries(tx.db, tx.orgId, kind, named), asks)
  await save(tx.db, plan.states, [])
  return plan.outcomes
}

/** Decides each ask in its order, in memory: a later one sees what an earlier one did. */
export function decideRestores(
  now: string,
  kind: Kind,
  stored: ReadonlyMap<string, Entry>,
  asks: readonly Ask<DeleteInput>[],
): {outcomes: Outcome[]; states: Omit<Entry, 'id'>[]} {
  const latest = new Map(stored)
  const states: Omit<Entry, 'id'>[] = []
  const outcomes = asks.map(({input, actor}): Outcome => {
    const name = nameOf({scope: input.query.scope, key: input.params.key})
    const entry = latest.get(name)
    if (entry === undefined) return refusal('not_found', `There is no ${kind} of this name in this scope.`)
    if (entry.deleted_at === null) return refusal('not_found', `Nothing to restore: this ${kind} is not deleted.`)
    if (entry.purged_at !== null)
      return refusal('not_found', `Nothing is left to restore: this ${kind} was purged after it was deleted.`)
    if (entry.locked === 1 && actor.surface === 'dashboard') return lockedAgainst(actor)
    const restored = {...entry, deleted_at: null, updated_at: now, updated_by: actor.name}
    latest.set(name, restored)
    const {id: _, ...state} = restored
    states.push(state)
    const {scope, key, length, updated_at: updatedAt, updated_by: updatedBy} = restored
    const version = length === null ? 0 : restored.version
    return {
      reply: {key, scope, version, length, updatedAt, updatedBy, changed: true},
      targets: [{kind, scope, name: key, version}],
      changed: true,
    }
  })
  return {outcomes, states}
}
