import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {linesDigest} from '../../formats/audit-archive.ts'
import type {Segment} from '../../formats/audit-segment.ts'
import {type Act, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {segmentOf} from './segments.ts'

type Route = Routes['auditPrune']
type Pruned = Reply<Route>

/**
 * Removes the entries of the oldest segment in the store, once the caller has shown that it holds them: the segment's
 * hash, and a digest over their lines, which is computed anew here. The segment itself stays, as the log's beginning.
 */
export const pruneAudit: Act<'audit.prune', Input<Route>, Pruned> = async (tx, asks) => {
  const outcomes: (Change<Pruned> | Refusal)[] = []
  // What is not of secrets or variables has a turn to itself, so this list has one element.
  for (const {input} of asks) outcomes.push(await pruneOne(tx, input.body))
  return outcomes
}

async function pruneOne(
  tx: Write<'audit.prune'>,
  {last, hash, sha256}: Input<Route>['body'],
): Promise<Change<Pruned> | Refusal> {
  const oldest = await tx.db
    .selectFrom('audit_segments')
    .selectAll()
    .where('org_id', '=', tx.orgId)
    .where('pruned_at', 'is', null)
    .orderBy('last_sequence')
    .limit(1)
    .executeTakeFirst()
  if (oldest === undefined || oldest.last_sequence > last)
    return refusal('not_found', 'No sealed segment that is still in the store ends there.')
  if (oldest.last_sequence < last)
    return refusal('version_conflict', 'It is not the oldest segment in the store; those before it go first.')
  const segment = segmentOf(oldest, tx.org)
  if (hash !== segment.hash || sha256 !== (await digestOf(tx, segment)))
    return refusal('value_refused', 'The archive is not of these entries; nothing was removed.')

  await tx.db
    .updateTable('audit_segments')
    .set({pruned_at: tx.now})
    .where('org_id', '=', tx.orgId)
    .where('last_sequence', '=', last)
    .execute()
  await tx.db
    .deleteFrom('audit')
    .where('org_id', '=', tx.orgId)
    .where('sequence', '>=', segment.first)
    .where('sequence', '<=', last)
    .execute()
  return {
    reply: {changed: true, segment},
    targets: [{kind: 'audit', name: `${segment.first}-${last}`}],
    changed: true,
  }
}

async function digestOf(tx: Write<'audit.prune'>, {first, last}: Segment): Promise<string> {
  const rows = await tx.db
    .selectFrom('audit')
    .select('canonical')
    .where('org_id', '=', tx.orgId)
    .where('sequence', '>=', first)
    .where('sequence', '<=', last)
    .orderBy('sequence')
    .execute()
  const digest = linesDigest()
  for (const {canonical} of rows) digest.add(canonical)
  return digest.hex()
}
