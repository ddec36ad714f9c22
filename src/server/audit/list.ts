import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Segment} from '../../formats/audit-segment.ts'
import {Refused} from '../gate/refused.ts'
import type {Read} from '../gate/types.ts'
import {checkOperation} from './known-operations.ts'
import {logOf} from './log-of.ts'
import {newestPruned} from './segments.ts'

type Route = Routes['auditList']

/** A page of entries as they are stored, the signed head, and the seal after which the stored log begins. */
export const listAudit =
  (publicKey: string) =>
  async (read: Read, {params, query}: Input<Route>): Promise<Reply<Route>> => {
    const {db} = read
    if (query.operation !== undefined) checkOperation(query.operation)
    const {orgId, org} = await logOf(read, params.org)
    const oldestFirst = query.after !== undefined
    const asked = db
      .selectFrom('audit')
      .select(['canonical', 'hash'])
      .where('org_id', '=', orgId)
      .$if(query.operation !== undefined, (q) => q.where('operation', '=', query.operation!))
      .$if(query.actor !== undefined, (q) => q.where('actor', '=', query.actor!))
      .$if(query.outcome !== undefined, (q) => q.where('outcome', '=', query.outcome!))
      .$if(query.since !== undefined, (q) => q.where('at', '>=', new Date(query.since!).toISOString()))
      .$if(query.before !== undefined, (q) => q.where('sequence', '<', query.before!))
      .$if(oldestFirst, (q) => q.where('sequence', '>', query.after!))
      .orderBy('sequence', oldestFirst ? 'asc' : 'desc')
      .limit(query.limit ?? 100)
    let entries: Awaited<ReturnType<typeof asked.execute>>
    // Before the head, so that the entry of its prune is never beyond that one.
    let base: Segment | null
    let after = await newestPruned(db, {orgId, org})
    // Each statement sees what was committed before it, and a prune between two would look like a cut of the log.
    do {
      base = after
      entries = await asked.execute()
      after = await newestPruned(db, {orgId, org})
    } while (after?.last !== base?.last)
    const head = await db.selectFrom('audit_heads').selectAll().where('org_id', '=', orgId).executeTakeFirst()
    if (head === undefined) throw new Refused('unavailable', 'The audit log has no head.')
    const {sequence, hash, at, signature} = head
    return {entries, head: {org, sequence, hash, time: at, signature}, base, publicKey}
  }
