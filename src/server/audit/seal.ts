import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {GENESIS} from '../../formats/audit-chain.ts'
import {segmentBytes} from '../../formats/audit-segment.ts'
import {type Act, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'

type Route = Routes['auditSeal']
type Sealed = Reply<Route>

/** The most entries of a segment: to seal or to prune one is a turn, in which nobody else writes. */
export const MOST = 10_000

/** Closes the next part of the log with a signature. What is sealed stays where it is, until it is pruned. */
export const sealAudit: Act<'audit.seal', Input<Route>, Sealed> = async (tx, asks) => {
  const outcomes: (Change<Sealed> | Refusal)[] = []
  // What is not of secrets or variables has a turn to itself, so this list has one element.
  for (const {input} of asks) outcomes.push(await sealOne(tx, input.body.last))
  return outcomes
}

async function sealOne(tx: Write<'audit.seal'>, until: number): Promise<Change<Sealed> | Refusal> {
  const before = await tx.db
    .selectFrom('audit_segments')
    .select(['last_sequence', 'hash'])
    .where('org_id', '=', tx.orgId)
    .orderBy('last_sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  const first = (before?.last_sequence ?? 0) + 1
  if (until < first) return refusal('version_conflict', 'These entries are sealed already.')
  const end = await tx.db
    .selectFrom('audit')
    .select(['sequence', 'hash', 'at'])
    .where('org_id', '=', tx.orgId)
    .where('sequence', '=', Math.min(until, first + MOST - 1))
    .executeTakeFirst()
  if (end === undefined) return refusal('not_found', 'The audit log does not reach that far.')
  const {sequence: last, hash, at} = end
  const unsigned = {org: tx.org, first, last, previous: before?.hash ?? GENESIS, hash, time: at}
  const segment = {...unsigned, signature: tx.sign(segmentBytes(unsigned))}
  await tx.db
    .insertInto('audit_segments')
    .values({
      org_id: tx.orgId,
      first_sequence: first,
      last_sequence: last,
      previous: segment.previous,
      hash,
      at,
      signature: segment.signature,
      sealed_at: tx.now,
      pruned_at: null,
    })
    .execute()
  return {reply: {changed: true, segment}, targets: [{kind: 'audit', name: `${first}-${last}`}], changed: true}
}
