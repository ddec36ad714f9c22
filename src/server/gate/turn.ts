import type {ControlledTransaction} from 'kysely'
import {confirmActors} from '../credentials/confirm.ts'
import {StaleKeys} from '../keyring/keyring.ts'
import {valuesOf} from '../store/json-list.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import type {Allowance} from './allowance.ts'
import type {GateParts, Waiting} from './asks.ts'
import {append, lockHead, type Record} from './chain.ts'
import {lockFacts, refusesAccess, refusesWrite} from './permit.ts'
import {Refused} from './refused.ts'
import {findRepeat, keepReplies, loadKept} from './repeats.ts'
import {countSeals, type Seals} from './seals.ts'
import type {Actor, Ask, Change, Disclose, Disclosure, Refusal, Step, Write} from './types.ts'

type TurnParts = GateParts & {allowance: Allowance}

/** An ask within its turn, and what has become of it. */
interface Turned extends Waiting {
  actor: Actor
  outcome:
    | {is: 'allowed'}
    | {is: 'refused'; error: Refused}
    | {is: 'failed'}
    | {is: 'repeat'; reply: unknown}
    | {is: 'tried'; reply: unknown}
    | {is: 'done'; change: (Disclosure<unknown> & Partial<Change<unknown>>) | Step<unknown>}
}

/**
 * One turn: one transaction for all of `waiting`. The chain's head first, then roles and rules, then who may not; then
 * each run of equal operations in a savepoint of its own; then the records; then the commit; then the answers. Data keys
 * that were replaced meanwhile are loaded, and the turn is taken `again`.
 */
export async function takeTurn(waiting: readonly Waiting[], parts: TurnParts, again = false): Promise<void> {
  let trx: ControlledTransaction<Schema> | null = null
  try {
    trx = await parts.store.writer.startTransaction().execute()
    const turned = await decideAll(trx, waiting, parts, again)
    await trx.commit().execute()
    if (
      turned.some(({outcome}) => outcome.is === 'done' && 'erased' in outcome.change && outcome.change.erased === true)
    )
      forget(parts)
    for (const one of turned) one.settle(answerOf(one))
  } catch (error) {
    // Also when the engine has ended the transaction by itself: this is what gives the connection back.
    if (trx !== null && !trx.isCommitted) await rollBack(trx, parts)
    if (error instanceof StaleKeys && !again && (await loadKeys(parts))) return takeTurn(waiting, parts, true)
    parts.onFault(error, 'turn')
    const unknown = new Refused(
      'outcome_unknown',
      'The store failed; whether this was done is unknown. Send it again with the same request id.',
    )
    for (const one of waiting) one.settle({error: unknown})
  }
}

/** What was committed stands, whatever becomes of this: a file that somebody else reads just now is emptied later. */
function forget({store, onFault}: GateParts): void {
  try {
    store.forget()
  } catch (fault) {
    onFault(fault, 'forget')
  }
}

async function rollBack(trx: ControlledTransaction<Schema>, parts: TurnParts): Promise<void> {
  try {
    await trx.rollback().execute()
  } catch (fault) {
    if (parts.store.inTransaction()) parts.onFault(fault, 'rollback')
  }
}

const loadKeys = ({keyring, onFault}: GateParts): Promise<boolean> =>
  keyring.load().then(
    () => true,
    (fault) => {
      onFault(fault, 'keys')
      return false
    },
  )

async function decideAll(
  trx: ControlledTransaction<Schema>,
  waiting: readonly Waiting[],
  parts: TurnParts,
  again: boolean,
): Promise<Turned[]> {
  const now = parts.now().toISOString()
  const orgIds = [...new Set(waiting.map((one) => one.ask.actor.orgId))]
  const heads = new Map<number, Awaited<ReturnType<typeof lockHead>>>()
  for (const orgId of orgIds.sort((a, b) => a - b)) heads.set(orgId, await lockHead(trx, orgId))
  const actors = await confirmActors(
    trx,
    waiting.map((one) => one.ask.actor),
    now,
  )
  const rules = await selectRules(trx, JSON.stringify(orgIds))
  const kept = await loadKept(trx, waiting)

  const turned = waiting.map((one): Turned => {
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
      const error = refusesAccess(actor, ask) ?? parts.allowance(actor, ask)
      return {actor, outcome: error === null ? {is: 'allowed'} : {is: 'refused', error}, ...one}
    }
    const repeat = findRepeat(kept, ask)
    if (repeat !== null)
      return {
        actor,
        outcome: repeat instanceof Refused ? {is: 'refused', error: repeat} : {is: 'repeat', reply: repeat.reply},
        ...one,
      }
    const error = refusesWrite(
      actor,
      ask,
      rules.filter((rule) => rule.org_id === actor.orgId),
    )
    return {actor, outcome: error === null ? {is: 'allowed'} : {is: 'refused', error}, ...one}
  })

  const seals = countSeals(parts.keyring)
  for (const group of runs(turned)) {
    // What was sealed so far stands under the data key in use, which this may retire.
    if (group[0]!.ask.operation.startsWith('keys.')) await seals.note(trx)
    await actOn(trx, group, now, {...parts, seals, again})
  }
  await seals.note(trx)

  for (const [orgId, records] of [...recordsByChain(turned, now)].sort(([a], [b]) => a - b))
    await append(trx, orgId, heads.get(orgId) ?? (await lockHead(trx, orgId)), records, parts.keyring.sign)
  await keepReplies(
    trx,
    turned.flatMap((one) =>
      one.ask.verb === 'write' && one.outcome.is === 'done' && !('step' in one.outcome.change)
        ? [{ask: one.ask, reply: one.outcome.change.reply}]
        : [],
    ),
    now,
  )
  return turned
}

const selectRules = prepared((db: ControlledTransaction<Schema>, orgIds: string) =>
  db.selectFrom('policy_rules').selectAll().where('org_id', 'in', valuesOf<number>(orgIds)),
)

/** Consecutive allowed asks of one operation, organization and manner: what one call of a noun can take. */
function runs(turned: readonly Turned[]): Turned[][] {
  const groups: Turned[][] = []
  const alike = (a: Turned, b: Turned) =>
    a.ask.operation === b.ask.operation &&
    doer(a.ask) === doer(b.ask) &&
    a.actor.orgId === b.actor.orgId &&
    isDryRun(a.ask) === isDryRun(b.ask)
  for (const one of turned) {
    if (one.outcome.is !== 'allowed') continue
    const group = groups.at(-1)
    // A trial is undone, so it goes alone: what it answers must not rest on another trial.
    if (group !== undefined && alike(group[0]!, one) && !isDryRun(one.ask)) group.push(one)
    else groups.push([one])
  }
  return groups
}

/** The noun's function: one operation may have one for a single thing and one for many. */
const doer = (ask: Waiting['ask']) => (ask.verb === 'write' ? ask.act : ask.reveal)

const isDryRun = (ask: Waiting['ask']) => ask.verb === 'write' && ask.dryRun

async function actOn(
  trx: ControlledTransaction<Schema>,
  group: Turned[],
  now: string,
  parts: TurnParts & {seals: Seals; again: boolean},
): Promise<void> {
  const {ask, actor} = group[0]!
  const saved = await trx.savepoint('act').execute()
  const asks: Ask<unknown>[] = group.map((one) => ({input: one.ask.input, actor: one.actor}))
  const common = {orgId: actor.orgId, org: actor.org, db: saved}
  try {
    const {seal, equality, reseal, sign, open} = parts.seals.keyring
    const outcomes =
      ask.verb === 'write'
        ? await ask.act({...common, now, seal, equality, reseal, sign} as unknown as Write<never>, asks)
        : await ask.reveal({...common, open} as unknown as Disclose, asks)
    if (outcomes.length !== group.length)
      throw new Error(`${ask.operation} answered ${outcomes.length} of ${group.length} asks`)
    for (const [index, one] of group.entries()) one.outcome = settled(outcomes[index]!, one)
    if (isDryRun(ask)) await saved.rollbackToSavepoint('act').execute()
    await saved.releaseSavepoint('act').execute()
    parts.seals.settle(!isDryRun(ask))
  } catch (error) {
    if (error instanceof StaleKeys && !parts.again) throw error
    parts.onFault(error, ask.operation)
    parts.seals.settle(false)
    // A full disk or a lost page ends the whole transaction, not the savepoint: then nothing of this turn stands.
    if (!parts.store.inTransaction()) throw error
    await saved.rollbackToSavepoint('act').execute()
    await saved.releaseSavepoint('act').execute()
    // One that cannot be done must not take its neighbours with it.
    if (group.length > 1) for (const one of group) await actOn(trx, [one], now, parts)
    else group[0]!.outcome = {is: 'failed'}
  }
}

function settled(
  outcome: Change<unknown> | Step<unknown> | Disclosure<unknown> | Refusal,
  {ask, actor}: Turned,
): Turned['outcome'] {
  if ('refused' in outcome) {
    const {refused, detail, facts} = outcome
    const locked = refused === 'variable_locked' ? lockFacts(actor, ask.operation, ask.target) : {}
    return {is: 'refused', error: new Refused(refused, detail, {...locked, ...facts})}
  }
  return isDryRun(ask) ? {is: 'tried', reply: outcome.reply} : {is: 'done', change: outcome}
}

/** What the turn adds to each organization's chain, in its order. */
function recordsByChain(turned: readonly Turned[], now: string): Map<number, Record[]> {
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

/** What the audit log says of an ask: nothing of a repeat or a trial, an entry a target of a deed, one of a refusal. */
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
  if (outcome.is === 'refused') return [{target: ask.target, outcome: 'refused', code: outcome.error.code, ...base}]
  if (outcome.is === 'failed') return [{target: ask.target, outcome: 'failed', code: 'internal', ...base}]
  if ('step' in outcome.change) return []
  const done = ask.verb === 'disclose' ? 'disclosed' : outcome.change.changed ? 'done' : 'unchanged'
  const {targets, unchanged = []} = outcome.change
  return [
    ...targets.map((target) => ({target, outcome: done, code: null, ...base}) as const),
    ...unchanged.map((target) => ({target, outcome: 'unchanged', code: null, ...base}) as const),
  ]
}

function answerOf({outcome}: Turned): {reply: unknown} | {error: Error} {
  if (outcome.is === 'refused') return {error: outcome.error}
  if (outcome.is === 'done') return {reply: outcome.change.reply}
  if (outcome.is === 'repeat' || outcome.is === 'tried') return {reply: outcome.reply}
  return {error: new Refused('internal', 'The server failed to do this; nothing was changed.')}
}
