import type {Operation} from '../../contract/operations.ts'
import {type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {isLive, type Kind, loadEntries, nameOf} from './load.ts'
import {type EntryState, save} from './save.ts'
import {lockedAgainst} from './set.ts'

export interface DeleteInput {
  params: {key: string}
  query: {scope: string}
}

interface Deleted {
  key: string
  scope: string
  version: number
  changed: boolean
}

/** Hides each from every reader, until it is restored or purged; its number goes on if it is set again, so no old version can pass for a new one. */
export async function deleteValues(
  tx: Write<Operation>,
  kind: Kind,
  asks: readonly Ask<DeleteInput>[],
): Promise<(Change<Deleted> | Refusal)[]> {
  const named = asks.map(({input}) => ({scope: input.query.scope, key: input.params.key}))
  const latest: Map<string, EntryState> = await loadEntries(tx.db, tx.orgId, kind, named)
  const states = new Map<string, EntryState>()
  const outcomes = asks.map(({actor}, index) => {
    const {scope, key} = named[index]!
    const entry = latest.get(nameOf({scope, key}))
    if (!isLive(entry as never) || entry === undefined)
      return refusal('not_found', `There is no ${kind} of this name in this scope.`)
    if (entry.locked === 1 && actor.surface === 'dashboard') return lockedAgainst(actor)
    const {id: _, ...rest} = entry as EntryState & {id?: unknown}
    const state = {
      ...rest,
      deleted_at: tx.now,
      updated_at: tx.now,
      updated_by: actor.name,
    }
    latest.set(nameOf({scope, key}), state)
    states.set(nameOf({scope, key}), state)
    const version = entry.length === null ? 0 : entry.version
    return {
      reply: {key, scope, version, changed: true},
      targets: [{kind, scope, name: key, version}],
      changed: true,
    } as Change<Deleted>
  })
  await save(tx.db, [...states.values()], [])
  return outcomes
}
