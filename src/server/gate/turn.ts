import type {ControlledTransaction} from 'kysely'
import {StaleKeys} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import {mayTryAgain, type StoreFault, storeFaultOf} from '../store/store-fault.ts'
import type {Allowance} from './allowance.ts'
import type {GateParts, Waiting} from './asks.ts'
import {append, lockHead} from './chain.ts'
import type {HasEntries} from './entries.ts'
import {judge} from './judge.ts'
import {perform, runs} from './perform.ts'
import {recordsByChain} from './records.ts'
import {Refused} from './refused.ts'
import {keepReplies} from './repeats.ts'
import {countSeals, type Seals} from './seals.ts'
import type {Turned} from './turned.ts'

/** How often a turn is taken that gives way to others. */
const TRIES = 5

/** How a turn is taken: `again` with keys loaded anew, `careful` with a savepoint for each group, for which `tries` time. */
interface Taken {
  again: boolean
  careful: boolean
  tries: number
}

const FIRST: Taken = {again: false, careful: false, tries: 1}

type TurnParts = GateParts & {allowance: Allowance; hasEntries: HasEntries}

/**
 * One turn: one transaction for all of `waiting`. The chain's head first, then roles and rules, then who may not; then
 * each run of equal operations; then the records; then the commit; then the answers. It is taken once more when data
 * keys were replaced meanwhile, when it gave way to another server's, and, with a savepoint for each run, when one failed.
 */
export async function takeTurn(waiting: readonly Waiting[], parts: TurnParts, taken: Taken = FIRST): Promise<void> {
  let trx: ControlledTransaction<Schema> | null = null
  let committing = false
  try {
    trx = await parts.store.writer.startTransaction().execute()
    const {turned, sealed} = await decideAll(trx, waiting, parts, taken)
    committing = true
    await trx.commit().execute()
    parts.onCommit?.()
    parts.onSealed?.(sealed.keyId, sealed.count)
    if (
      turned.some(({outcome}) => outcome.is === 'done' && 'erased' in outcome.change && outcome.change.erased === true)
    )
      forget(parts)
    for (const one of turned) one.settle(answerOf(one, parts))
  } catch (error) {
    // Also when the engine has ended the transaction by itself: this is what gives the connection back.
    if (trx !== null && !trx.isCommitted) await rollBack(trx, parts)
    const {again, careful, tries} = taken
    if (error instanceof StaleKeys && !again && (await loadKeys(parts)))
      return takeTurn(waiting, parts, {...taken, again: true})
    if (mayTryAgain(error) && tries < TRIES) return takeTurn(waiting, parts, {...taken, tries: tries + 1})
    if (!committing && !careful && storeFaultOf(error) === null)
      return takeTurn(waiting, parts, {...taken, careful: true})
    parts.onFault(error, 'turn')
    const refused = refusedBy(storeFaultOf(error), committing)
    for (const one of waiting) one.settle({error: refused})
  }
}

/** Before the commit nothing is done. A commit for which there is no room is none: what it wrote lacks its end. */
function refusedBy(fault: StoreFault | null, committing: boolean): Refused {
  if (fault !== null && (!committing || fault === 'full'))
    return new Refused('unavailable', `The server’s store is ${fault}, and takes no writes now. Nothing was done.`)
  return new Refused(
    'outcome_unknown',
    'The store failed; whether this was done is unknown. Send it again with the same request id.',
  )
}

/** What was committed stands, whatever becomes of this: what somebody else reads just now is tried again (jobs/forget-owed.ts). */
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
    // Of a connection that is gone, what failed first tells; the database has undone it by itself.
    if (parts.store.inTransaction() && storeFaultOf(fault) !== 'unreachable') parts.onFault(fault, 'rollback')
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
  {again, careful, tries}: Taken,
): Promise<{turned: Turned[]; sealed: ReturnType<Seals['total']>}> {
  const now = parts.now().toISOString()
  const orgIds = [...new Set(waiting.map((one) => one.ask.actor.orgId))]
  const heads = new Map<number, Awaited<ReturnType<typeof lockHead>>>()
  for (const orgId of orgIds.sort((a, b) => a - b)) heads.set(orgId, await lockHead(trx, orgId))
  const turned = await judge(trx, waiting, {orgIds, now, allowance: parts.allowance})

  const seals = countSeals(parts.keyring)
  for (const group of runs(turned)) {
    // What was sealed so far stands under the data key in use, which this may retire.
    if (group[0]!.ask.operation.startsWith('keys.')) await seals.check(trx)
    await perform(trx, group, now, {...parts, seals, again, careful, last: tries === TRIES})
  }
  await seals.check(trx)

  for (const [orgId, records] of [...recordsByChain(turned.filter(parts.hasEntries), now)].sort(([a], [b]) => a - b))
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
  return {turned, sealed: seals.total()}
}

function answerOf({outcome}: Turned, {store}: GateParts): {reply: unknown} | {error: Error} {
  // A noun answers before the commit, and a repeat with what was said then: whether the bytes are gone shows only now.
  const asOfNow = (reply: unknown) =>
    typeof reply === 'object' && reply !== null && 'erased' in reply
      ? {...reply, erased: store.owesForgetting() === false}
      : reply
  if (outcome.is === 'refused') return {error: outcome.error}
  if (outcome.is === 'done') return {reply: asOfNow(outcome.change.reply)}
  if (outcome.is === 'repeat' || outcome.is === 'tried') return {reply: asOfNow(outcome.reply)}
  if (outcome.is === 'failed') return {error: outcome.error}
  return {error: new Refused('internal', 'The server failed to do this; nothing was changed.')}
}
