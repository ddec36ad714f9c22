import type {Record} from './chain.ts'
import {namesText} from './disclosed.ts'
import type {Turned} from './turned.ts'
import type {Target} from './types.ts'

/** What the turn adds to each organization's chain, in its order. */
export function recordsByChain(turned: readonly Turned[], now: string): Map<number, Record[]> {
  const chains = new Map<number, Record[]>()
  for (const one of turned) {
    const records = recordsOf(one, now)
    const also = one.outcome.is === 'done' && 'alsoIn' in one.outcome.change ? (one.outcome.change.alsoIn ?? []) : []
    for (const {orgId, org} of [one.actor, ...also]) {
      const chain = chains.get(orgId) ?? []
      for (const record of records) chain.push({...record, org})
      chains.set(orgId, chain)
    }
  }
  return chains
}

/** What the audit log says of an ask: nothing of a repeat or a trial, an entry a target of a deed, one of all that it left as it was, one of a refusal. */
function recordsOf(one: Turned, now: string): Record[] {
  const {ask, actor, outcome} = one
  if (outcome.is === 'repeat' || outcome.is === 'tried' || outcome.is === 'allowed') return []
  const base = {
    org: actor.org,
    time: now,
    actor: {kind: actor.kind, id: actor.id, name: actor.name},
    surface: actor.surface,
    operation: ask.operation,
    reason: ask.reason ?? null,
    requestId: ask.requestId,
    address: ask.address,
  }
  if (outcome.is === 'refused') {
    const several = ask.reached !== 'organization' && ask.reached.length > 1 ? `of ${ask.reached.length} scopes` : null
    const reason = base.reason ?? outcome.note ?? several
    return [{...base, target: ask.target, outcome: 'refused', code: outcome.error.code, reason}]
  }
  if (outcome.is === 'failed') return [{target: ask.target, outcome: 'failed', code: outcome.error.code, ...base}]
  if ('step' in outcome.change) return []
  const done = ask.verb === 'disclose' ? 'disclosed' : outcome.change.changed ? 'done' : 'unchanged'
  const {targets, names, unchanged, note = null} = outcome.change
  const reasonOf = (target: Target) => base.reason ?? (typeof note === 'function' ? note(target) : note)
  const entryOf = (target: Target) => ({...base, target, outcome: done, code: null, reason: reasonOf(target)}) as const
  if (names !== undefined) return [{...entryOf(targets[0]), names: namesText(names)}]
  const each = targets.map(entryOf)
  if (unchanged === undefined) return each
  const {target, reason} = unchanged
  const rest = {...base, target, outcome: 'unchanged', code: null, reason: reasonOf(target) ?? reason} as const
  return outcome.change.changed ? [...each, rest] : [rest]
}
