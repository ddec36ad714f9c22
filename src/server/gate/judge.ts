import type {ControlledTransaction} from 'kysely'
import {confirmActors} from '../credentials/confirm.ts'
import {atOnce} from '../store/at-once.ts'
import {numbersOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import type {Allowance} from './allowance.ts'
import type {Waiting} from './asks.ts'
import {refusesAccess, refusesByPolicy, refusesOperation} from './permit.ts'
import {Refused} from './refused.ts'
import {findRepeat, loadKept} from './repeats.ts'
import type {Turned} from './turned.ts'

/** Reads credentials, roles and rules as they are now, and says of each ask whether it is allowed, refused or a repeat. */
export async function judge(
  trx: ControlledTransaction<Schema>,
  waiting: readonly Waiting[],
  {orgIds, now, allowance}: {orgIds: readonly number[]; now: string; allowance: Allowance},
): Promise<Turned[]> {
  const asking = waiting.map((one) => one.ask.actor)
  const [actors, rules, kept] = await atOnce([
    confirmActors(trx, asking, now),
    selectRules(trx, JSON.stringify(orgIds)),
    loadKept(trx, waiting),
  ])

  return waiting.map((one): Turned => {
    const {ask} = one
    const actor = actors.get(ask.actor) ?? null
    if (actor === null) {
      return {
        actor: ask.actor,
        outcome: {is: 'refused', error: new Refused('unauthenticated', 'The credential is no longer valid.')},
        ...one,
      }
    }
    if (ask.verb === 'disclose') {
      const error = refusesAccess(actor, ask) ?? once(one, () => allowance(actor, ask))
      return {actor, outcome: error === null ? {is: 'allowed'} : {is: 'refused', error}, ...one}
    }
    // Before a repeat is answered: what was kept is not for an address, or a role, that may not ask it today.
    const denied = refusesOperation(actor, ask)
    if (denied !== null) return {actor, outcome: {is: 'refused', error: denied}, ...one}
    const repeat = findRepeat(kept, ask)
    if (repeat !== null)
      return {
        actor,
        outcome: repeat instanceof Refused ? {is: 'refused', error: repeat} : {is: 'repeat', reply: repeat.reply},
        ...one,
      }
    const error = refusesByPolicy(
      actor,
      ask,
      rules.filter((rule) => rule.org_id === actor.orgId),
    )
    return {actor, outcome: error === null ? {is: 'allowed'} : {is: 'refused', error}, ...one}
  })
}

function once(one: Waiting, decide: () => Refused | null): Refused | null {
  if (one.allowance === undefined) one.allowance = decide()
  return one.allowance
}

const selectRules = prepared((db: ControlledTransaction<Schema>, orgIds: string) =>
  db.selectFrom('policy_rules').selectAll().where('org_id', 'in', numbersOf(orgIds)),
)
