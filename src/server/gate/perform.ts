import type {ControlledTransaction} from 'kysely'
import {Damaged, StaleKeys, UnknownKey} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import {mayTryAgain} from '../store/store-fault.ts'
import type {GateParts, Waiting} from './asks.ts'
import {lockFacts} from './permit.ts'
import {Refused} from './refused.ts'
import type {Seals} from './seals.ts'
import type {Turned} from './turned.ts'
import type {Ask, Change, Disclose, Disclosure, Refusal, Step, Write} from './types.ts'

/** Consecutive allowed asks of one operation, organization and manner: what one call of a noun can take. */
export function runs(turned: readonly Turned[]): Turned[][] {
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

/**
 * Calls the noun for a group of asks; `careful`: in a savepoint of its own, so that one which cannot be done does not take
 * its neighbours with it.
 */
export async function perform(
  trx: ControlledTransaction<Schema>,
  group: Turned[],
  now: string,
  parts: GateParts & {seals: Seals; again: boolean; careful: boolean; last: boolean},
): Promise<void> {
  const {ask, actor} = group[0]!
  const saved = parts.careful || isDryRun(ask) ? await savepoint(trx) : null
  const asks: Ask<unknown>[] = group.map((one) => ({input: one.ask.input, actor: one.actor}))
  const common = {orgId: actor.orgId, org: actor.org, db: saved?.db ?? trx}
  try {
    const {seal, equality, reseal, sign, open} = parts.seals.keyring
    const outcomes =
      ask.verb === 'write'
        ? await ask.act(
            {...common, now, trial: isDryRun(ask), seal, equality, reseal, sign} as unknown as Write<never>,
            asks,
          )
        : await ask.reveal({...common, now, open} as unknown as Disclose, asks)
    if (outcomes.length !== group.length)
      throw new Error(`${ask.operation} answered ${outcomes.length} of ${group.length} asks`)
    for (const [index, one] of group.entries()) one.outcome = settled(outcomes[index]!, one)
    if (isDryRun(ask)) await saved?.undo()
    else await saved?.release()
    parts.seals.settle(!isDryRun(ask))
  } catch (error) {
    if ((error instanceof StaleKeys && !parts.again) || saved === null) throw error
    // It gave way to another server: the whole turn is taken again.
    if (mayTryAgain(error) && !parts.last) throw error
    parts.onFault(error, ask.operation)
    parts.seals.settle(false)
    // A full disk or a lost page ends the whole transaction, not the savepoint: then nothing of this turn stands.
    if (!parts.store.inTransaction()) throw error
    await saved.undo()
    // One that cannot be done must not take its neighbours with it.
    if (group.length > 1) for (const one of group) await perform(trx, [one], now, parts)
    else group[0]!.outcome = {is: 'failed', error: failureOf(error)}
  }
}

/** A place in the transaction to go back to. */
async function savepoint(trx: ControlledTransaction<Schema>) {
  const saved = await trx.savepoint('act').execute()
  const release = () => saved.releaseSavepoint('act').execute()
  return {db: saved, release, undo: () => saved.rollbackToSavepoint('act').execute().then(release)}
}

/** What is answered where the noun threw: of damage, which value it is. */
function failureOf(error: unknown): Refused {
  if (error instanceof Damaged || error instanceof UnknownKey) {
    const {kind, scope, key, version} = error.place
    return new Refused(
      'damaged',
      `Version ${version} of the ${kind} ${key} in ${scope} does not open: what is stored of it was altered.`,
    )
  }
  return new Refused('internal', 'The server failed to do this; nothing was changed.')
}

function settled(
  outcome: Change<unknown> | Step<unknown> | Disclosure<unknown> | Refusal,
  {ask, actor}: Turned,
): Turned['outcome'] {
  if ('refused' in outcome) {
    const {refused, detail, facts, note} = outcome
    const locked = refused === 'variable_locked' ? lockFacts(actor, ask.operation, ask.target) : {}
    return {is: 'refused', error: new Refused(refused, detail, {...locked, ...facts}), note}
  }
  return isDryRun(ask) ? {is: 'tried', reply: outcome.reply} : {is: 'done', change: outcome}
}
