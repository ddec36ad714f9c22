import {Buffer} from 'node:buffer'
import type {Kysely} from 'kysely'
import {sql} from 'kysely'
import type {Operation} from '../../contract/operations.ts'
import type {Written} from '../../contract/routes/shared.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'
import {type Entry, type Kind, loadEntries, nameOf} from './load.ts'
import {type NewVersion, save} from './save.ts'
import {conflict, lockedAgainst} from './set.ts'

export interface RollbackInput {
  params: {key: string}
  query: {scope: string}
  body: {to: number; expectVersion?: number | undefined}
}

type Outcome = Change<Written> | Refusal
/** What deciding needs of the gate's handle: no database. */
type Resealer = Pick<Write<Operation>, 'org' | 'now' | 'trial' | 'reseal'>
/** The sealed values of versions, by `versionOf`, and what they are. */
type Sources = ReadonlyMap<string, {sealed: Uint8Array; type: ValueType}>

/**
 * Adds to each a version with the value of an earlier one, unless that is the value it has. None from before it was deleted.
 * Refusals: not_found, version_conflict, variable_locked.
 */
export async function rollBackValues(
  tx: Write<Operation>,
  kind: Kind,
  asks: readonly Ask<RollbackInput>[],
): Promise<Outcome[]> {
  const stored = await loadEntries(tx.db, tx.orgId, kind, asks.map(placeOf))
  const sources = await loadSources(tx.db, stored, asks)
  const plan = decideRollbacks(tx, kind, stored, sources, asks)
  await save(tx.db, plan.states, plan.versions)
  return plan.outcomes
}

const placeOf = ({input}: Ask<RollbackInput>) => ({scope: input.query.scope, key: input.params.key})

/** A version as a map's key. */
export const versionOf = (entryId: number, version: number): string => `${entryId} ${version}`

async function loadSources(
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  stored: ReadonlyMap<string, Entry>,
  asks: readonly Ask<RollbackInput>[],
): Promise<Sources> {
  const wanted = asks.flatMap((ask) => {
    const entry = stored.get(nameOf(placeOf(ask)))
    return entry === undefined ? [] : [[entry.id, ask.input.body.to]]
  })
  const rows = await db
    .selectFrom('versions')
    .select(['entry_id', 'version', 'sealed', 'type'])
    .where(sql<boolean>`(entry_id, version) in ${tuplesOf(JSON.stringify(wanted), ['integer', 'integer'])}`)
    .execute()
  return new Map(rows.map(({sealed, type, ...row}) => [versionOf(row.entry_id, row.version), {sealed, type}]))
}

/** Decides each ask in its order, in memory: a later one sees what an earlier one did. */
export function decideRollbacks(
  handle: Resealer,
  kind: Kind,
  stored: ReadonlyMap<string, Entry>,
  sources: Sources,
  asks: readonly Ask<RollbackInput>[],
): {outcomes: Outcome[]; states: Omit<Entry, 'id'>[]; versions: NewVersion[]} {
  const latest = new Map(stored)
  const sealed = new Map(sources)
  const written = new Map<string, Entry>()
  const versions: NewVersion[] = []
  const outcomes = asks.map((ask): Outcome => {
    const name = nameOf(placeOf(ask))
    const decided = decideRollback(handle, kind, latest.get(name), sealed, ask)
    if ('refused' in decided) return decided
    const {entry, version, changed} = decided
    if (version !== null) {
      latest.set(name, entry)
      written.set(name, entry)
      sealed.set(versionOf(entry.id, version.version), version)
      versions.push(version)
    }
    return {reply: replyOf(entry, changed), targets: [targetOf(kind, entry)], changed}
  })
  return {outcomes, states: [...written.values()].map(({id: _, ...state}) => state), versions}
}

function decideRollback(
  {org, now, trial, reseal}: Resealer,
  kind: Kind,
  entry: Entry | undefined,
  sources: Sources,
  {input: {body}, actor}: Ask<RollbackInput>,
): {entry: Entry; version: NewVersion | null; changed: boolean} | Refusal {
  if (entry === undefined || entry.purged_at !== null)
    return refusal('not_found', `There is no ${kind} of this name in this scope.`)
  if (entry.deleted_at !== null)
    return refusal('not_found', `This ${kind} is deleted. Restore it first: postern ${kind} restore`)
  const current = entry.length === null ? 0 : entry.version
  if (body.expectVersion !== undefined && body.expectVersion !== current) return conflict(body.expectVersion, current)
  if (entry.locked === 1 && actor.surface === 'dashboard') return lockedAgainst(actor)
  // Who may delete may restore; a rollback alone brings back nothing that was deleted.
  if (body.to < entry.first_version)
    return refusal(
      'not_found',
      `This version is from before the ${kind} was deleted and made anew. Only a deleted ${kind} can be brought back, by postern ${kind} restore.`,
    )
  const source = sources.get(versionOf(entry.id, body.to))
  if (source === undefined) return refusal('not_found', `This ${kind} has no such version.`)
  if (body.to === current) return {entry, version: null, changed: false}

  const {scope, key} = entry
  const {type} = source
  const place = {org, kind, scope, key, type}
  const version = entry.version + 1
  const {sealed, equality, length} = reseal({...place, version: body.to}, source.sealed, {...place, version})
  // As in a set: a trial does not tell of a secret whether two values are the same.
  const comparable = kind === 'variable' || !trial
  if (comparable && current !== 0 && entry.equality !== null && equality.equals(Buffer.from(entry.equality)))
    return {entry, version: null, changed: false}
  return {
    entry: {...entry, version, length, equality, updated_at: now, updated_by: actor.name},
    version: {scope, key, version, sealed, length, created_at: now, created_by: actor.name, type},
    changed: true,
  }
}

const targetOf = (kind: Kind, {scope, key, version}: Entry) => ({kind, scope, name: key, version})

const replyOf = (entry: Entry, changed: boolean): Written => ({
  key: entry.key,
  scope: entry.scope,
  version: entry.version,
  length: entry.length ?? 0,
  changed,
  updatedAt: entry.updated_at,
  updatedBy: entry.updated_by,
})
