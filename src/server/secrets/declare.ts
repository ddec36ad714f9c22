import type {Operation} from '../../contract/operations.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act, Actor, Change, Write} from '../gate/types.ts'
import {forgetOldFacts} from '../values/facts.ts'
import {isLive, loadEntries, type Named, nameOf} from '../values/load.ts'
import {type EntryState, save} from '../values/save.ts'

type Route = Routes['secretsDeclare']

/** Makes each name, without a value. A name that is there stays as it is. */
export const declareSecrets: Act<'secrets.declare', Input<Route>, Reply<Route>> = (tx, asks) =>
  declareNames(
    tx,
    asks.map(({actor, input}) => ({actor, scope: input.query.scope, key: input.params.key})),
  )

/** The same, for any operation that declares. */
export async function declareNames(
  tx: Write<Operation>,
  named: readonly (Named & {actor: Actor})[],
): Promise<Change<Reply<Route>>[]> {
  const stored = await loadEntries(tx.db, tx.orgId, 'secret', named)
  const latest = new Map<string, EntryState>(stored)
  const states = new Map<string, EntryState>()
  const outcomes = named.map(({actor, scope, key}): Change<Reply<Route>> => {
    const name = nameOf({scope, key})
    const entry = latest.get(name)
    const there = isLive(entry as never)
    const version = there && entry !== undefined && entry.length !== null ? entry.version : 0
    if (!there) {
      const state: EntryState = {
        org_id: tx.orgId,
        kind: 'secret',
        scope,
        key,
        version: entry?.version ?? 0,
        length: null,
        equality: null,
        locked: 0,
        deleted_at: null,
        purged_at: null,
        updated_at: tx.now,
        updated_by: actor.name,
      }
      latest.set(name, state)
      states.set(name, state)
    }
    return {
      reply: {key, scope, version, changed: !there},
      targets: [{kind: 'secret', scope, name: key, version}],
      changed: !there,
    }
  })
  await forgetOldFacts(tx.db, stored, [...states.values()])
  await save(tx.db, [...states.values()], [])
  return outcomes
}
