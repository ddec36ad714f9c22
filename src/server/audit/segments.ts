import type {Selectable} from 'kysely'
import type {Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Segment} from '../../formats/audit-segment.ts'
import type {Actor, Read} from '../gate/types.ts'
import type {Schema} from '../store/schema.ts'

type Of = Pick<Actor, 'orgId' | 'org'>

/** The sealed segments whose entries are still in the store, oldest first. */
export const listSegments =
  (publicKey: string) =>
  async ({db, actor}: Read): Promise<Reply<Routes['auditSegments']>> => {
    const rows = await db
      .selectFrom('audit_segments')
      .selectAll()
      .where('org_id', '=', actor.orgId)
      .where('pruned_at', 'is', null)
      .orderBy('last_sequence')
      .execute()
    return {segments: rows.map((row) => segmentOf(row, actor.org)), publicKey}
  }

/** The segment after which the stored log begins; null: nothing was pruned. */
export async function newestPruned(db: Read['db'], {orgId, org}: Of): Promise<Segment | null> {
  const row = await db
    .selectFrom('audit_segments')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('pruned_at', 'is not', null)
    .orderBy('last_sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : segmentOf(row, org)
}

export function segmentOf(row: Selectable<Schema['audit_segments']>, org: string): Segment {
  const {first_sequence: first, last_sequence: last, previous, hash, at: time, signature} = row
  return {org, first, last, previous, hash, time, signature}
}
