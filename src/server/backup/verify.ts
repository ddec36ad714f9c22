import {type Kysely, sql} from 'kysely'
import {type ChainPoint, GENESIS, start, verifyChain, verifyHead} from '../../formats/audit-chain.ts'
import {beginOf, endOf, type Segment, verifySegment} from '../../formats/audit-segment.ts'
import type {Cell} from '../../formats/backup-file.ts'
import {segmentOf} from '../audit/segments.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import {endOfPage} from './dump.ts'
import {moved} from './tables.ts'

type Reader = Kysely<Schema>

/** What the check of a whole store found. */
export interface Verified {
  /** Each organization's log: its last entry, and where something is wrong. */
  logs: {org: string; head: number; breaks: {sequence: number; kind: string}[]}[]
  /** How many versions of values there are, and those that do not open; null: there was no root key to try with. */
  values: {total: number; stuck: {org: string; kind: string; scope: string; key: string; version: number}[]} | null
}

/** Goes over every organization's audit log, and tries every stored value. Without a keyring, signatures and values are not looked at. */
export async function verifyStore(db: Reader, keyring: Pick<Keyring, 'auditKey' | 'opens'> | null): Promise<Verified> {
  const orgs = await db.selectFrom('organizations').select(['id', 'name']).orderBy('id').execute()
  const logs: Verified['logs'] = []
  for (const org of orgs) logs.push(await verifyLog(db, org, keyring?.auditKey ?? null))
  return {logs, values: keyring === null ? null : await tryValues(db, keyring)}
}

const ENTRIES = 1000

async function verifyLog(db: Reader, org: {id: number; name: string}, publicKey: string | null) {
  const breaks: {sequence: number; kind: string}[] = []
  const segments = await segmentsOf(db, org)
  let end: ChainPoint = start
  for (const {segment} of segments) {
    const begin = beginOf(segment)
    const follows = begin.sequence === end.sequence && begin.hash === end.hash
    if (!follows || (publicKey !== null && !verifySegment(segment, publicKey)))
      breaks.push({sequence: segment.last, kind: 'segment'})
    end = endOf(segment)
  }
  const base = segments.findLast(({pruned}) => pruned)
  let last = base === undefined ? start : endOf(base.segment)
  for (;;) {
    const page = await db
      .selectFrom('audit')
      .select(['canonical', 'hash'])
      .where('org_id', '=', org.id)
      .where('sequence', '>', last.sequence)
      .orderBy('sequence')
      .limit(ENTRIES)
      .execute()
    if (page.length === 0) break
    const step = verifyChain(page, last)
    breaks.push(...step.breaks)
    last = step.last
  }
  const head = await db.selectFrom('audit_heads').selectAll().where('org_id', '=', org.id).executeTakeFirst()
  const {sequence, hash, at: time, signature} = head ?? {sequence: 0, hash: GENESIS, at: '', signature: ''}
  if (sequence !== last.sequence || hash !== last.hash) breaks.push({sequence, kind: 'head'})
  else if (
    head !== undefined &&
    publicKey !== null &&
    !verifyHead({org: org.name, sequence, hash, time, signature}, publicKey)
  )
    breaks.push({sequence, kind: 'signature'})
  return {org: org.name, head: sequence, breaks}
}

async function segmentsOf(
  db: Reader,
  {id, name}: {id: number; name: string},
): Promise<{segment: Segment; pruned: boolean}[]> {
  const rows = await db
    .selectFrom('audit_segments')
    .selectAll()
    .where('org_id', '=', id)
    .orderBy('last_sequence')
    .execute()
  return rows.map((row) => ({segment: segmentOf(row, name), pruned: row.pruned_at !== null}))
}

const versions = moved.find(({name}) => name === 'versions')!

async function tryValues(db: Reader, {opens}: Pick<Keyring, 'opens'>): Promise<NonNullable<Verified['values']>> {
  const stuck: NonNullable<Verified['values']>['stuck'] = []
  let total = 0
  let after: Cell[] = [0, 0]
  for (;;) {
    const last = await endOfPage(db, versions, after)
    if (last === null) return {total, stuck}
    const rows = await db
      .selectFrom('versions')
      .innerJoin('entries', 'entries.id', 'versions.entry_id')
      .innerJoin('organizations', 'organizations.id', 'entries.org_id')
      .select(['organizations.name as org', 'kind', 'scope', 'key', 'versions.version', 'sealed', 'type'])
      .where(sql<boolean>`(versions.entry_id, versions.version) > (${sql.join(after)})`)
      .where(sql<boolean>`(versions.entry_id, versions.version) <= (${sql.join(last)})`)
      .orderBy('versions.entry_id')
      .orderBy('versions.version')
      .execute()
    for (const {sealed, type, ...place} of rows) if (!opens({...place, type}, sealed)) stuck.push(place)
    total += rows.length
    after = last
  }
}
