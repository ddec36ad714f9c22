import {sql, type Transaction} from 'kysely'
import {MAX_VALUE_BYTES} from '../../contract/limits.ts'
import type {Act, Step, Write} from '../gate/types.ts'
import {tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'
import {lockEntries} from '../values/lock.ts'
import {putSealed} from '../values/put-sealed.ts'
import {idBytes, sealedUnder} from './state.ts'

/** A version, by its entry and number. */
export type VersionId = readonly [entryId: number, version: number]

interface Batch {
  /** Versions under an older data key than this are sealed anew, under the one in use. */
  keyId: number
  /** Versions to leave alone. */
  except: readonly VersionId[]
}

export interface Reencrypted {
  done: number
  /** What does not open, so it stays as it is. */
  stuck: VersionId[]
}

/** The most versions of a batch, and about the most bytes: others wait for it. */
const VERSIONS = 100
const BYTES = MAX_VALUE_BYTES

/** Seals some versions anew under the data key in use, of every organization; which are left is in the versions themselves. */
export const reencrypt: Act<'keys.reencrypt', Batch, Reencrypted> = async (tx, asks) => {
  const steps: Step<Reencrypted>[] = []
  for (const {input} of asks) steps.push({reply: await reencryptSome(tx, input), step: true})
  return steps
}

async function reencryptSome({db, reseal}: Write<'keys.reencrypt'>, batch: Batch): Promise<Reencrypted> {
  const chosen = await choose(db, batch)
  await lockEntries(
    db,
    chosen.map(([entryId]) => entryId),
  )
  const rows = await load(db, chosen)
  const fresh: Schema['versions'][] = []
  const stuck: VersionId[] = []
  for (const {org, kind, scope, key, ...row} of rows) {
    const place = {org, kind, scope, key, version: row.version, type: row.type}
    try {
      fresh.push({...row, sealed: reseal(place, row.sealed, place).sealed})
    } catch {
      stuck.push([row.entry_id, row.version])
    }
  }
  await store(db, batch.keyId, fresh)
  return {done: fresh.length, stuck}
}

async function choose(db: Transaction<Schema>, {keyId, except}: Batch): Promise<VersionId[]> {
  const rows = await db
    .selectFrom('versions')
    .select(['entry_id', 'version', 'length'])
    .where(sql<boolean>`${sealedUnder} < ${idBytes(keyId)}`)
    .where(sql<boolean>`(entry_id, version) not in ${tuplesOf(JSON.stringify(except), ['integer', 'integer'])}`)
    .orderBy(sealedUnder)
    .limit(VERSIONS)
    .execute()
  let bytes = 0
  return rows
    .filter((row, index) => {
      bytes += row.length
      return index === 0 || bytes <= BYTES
    })
    .map((row) => [row.entry_id, row.version])
}

/** Locked, as far as the engine locks by row: another server may be about to purge or move them, in a chain of its own. */
const load = (db: Transaction<Schema>, ids: readonly VersionId[]) =>
  db
    .selectFrom('versions')
    .innerJoin('entries', 'entries.id', 'versions.entry_id')
    .innerJoin('organizations', 'organizations.id', 'entries.org_id')
    .selectAll('versions')
    .select(['organizations.name as org', 'kind', 'scope', 'key'])
    .where(
      sql<boolean>`(versions.entry_id, versions.version) in ${tuplesOf(JSON.stringify(ids), ['integer', 'integer'])}`,
    )
    .forNoKeyUpdate('versions')
    .execute()

async function store(db: Transaction<Schema>, keyId: number, fresh: readonly Schema['versions'][]): Promise<void> {
  if (fresh.length === 0) return
  await putSealed(db, fresh)
  await db
    .updateTable('rotations')
    .set((eb) => ({done: eb('done', '+', fresh.length)}))
    .where('key_id', '=', keyId)
    .execute()
}
