import type {InsertResult, Transaction} from 'kysely'
import type {AuditEntry} from '../../contract/routes/audit.ts'
import {GENESIS, headBytes, linkHash} from '../../formats/audit-chain.ts'
import {atOnce} from '../store/at-once.ts'
import {columns} from '../store/columns.ts'
import {prepared, preparedRows} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import {disclosedText, keepLists} from './disclosed.ts'
import {entryText} from './entry-text.ts'

/** What the gate says of one deed; the chain adds sequence and previous hash. */
export type Record = Omit<AuditEntry, 'format' | 'sequence' | 'previous'>

export interface ChainHead {
  sequence: number
  hash: string
}

/** Reads the head of an organization's chain, the first statement of a turn, and locks it where the engine locks by row. */
export async function lockHead(db: Transaction<Schema>, orgId: number): Promise<ChainHead> {
  const [head] = await selectHead(db, orgId)
  if (head !== undefined) return head
  // Before its first entry a chain has no head to lock, so the organization is locked; another server may have been first.
  await lockOrganization(db, orgId)
  const [first] = await selectHead(db, orgId)
  return first ?? {sequence: 0, hash: GENESIS}
}

const selectHead = prepared((db: Transaction<Schema>, orgId: number) =>
  db.selectFrom('audit_heads').select(['sequence', 'hash']).where('org_id', '=', orgId).forUpdate(),
)

const lockOrganization = prepared((db: Transaction<Schema>, orgId: number) =>
  db.selectFrom('organizations').select('id').where('id', '=', orgId).forUpdate(),
)

/** Appends records to the chain in their order, and signs the new head. */
export async function append(
  db: Transaction<Schema>,
  orgId: number,
  head: ChainHead,
  records: readonly Record[],
  sign: (bytes: Uint8Array) => string,
): Promise<void> {
  if (records.length === 0) return
  let {sequence, hash} = head
  const rows = records.map((record) => {
    sequence += 1
    const canonical = entryText({format: 1, sequence, previous: hash, ...record})
    hash = linkHash(canonical)
    return {
      org_id: orgId,
      sequence,
      canonical,
      hash,
      at: record.time,
      actor: record.actor.name,
      operation: record.operation,
      outcome: record.outcome,
      target: record.outcome === 'disclosed' ? disclosedText(record) : null,
    }
  })
  const last = records[records.length - 1]!
  const signature = sign(headBytes({org: last.org, sequence, hash, time: last.time}))
  await atOnce([
    insertEntries(db, rows),
    putHead(db, orgId, sequence, hash, last.time, signature),
    keepLists(db, orgId, records),
  ])
}

const insertEntries = preparedRows<Transaction<Schema>, Schema['audit'], InsertResult>(columns.audit, (db, rows) =>
  db.insertInto('audit').values(rows),
)

const putHead = prepared(
  (db: Transaction<Schema>, orgId: number, sequence: number, hash: string, at: string, signature: string) =>
    db
      .insertInto('audit_heads')
      .values({org_id: orgId, sequence, hash, at, signature})
      .onConflict((conflict) => conflict.column('org_id').doUpdateSet({sequence, hash, at, signature})),
)
