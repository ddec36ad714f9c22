import {Buffer} from 'node:buffer'
import type {Operation} from '../../contract/operations.ts'
import type {Written} from '../../contract/routes/shared.ts'
import type {WireValue} from '../../contract/value.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {type Actor, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {forgetOldFacts} from './facts.ts'
import {type Entry, isLive, type Kind, loadEntries, nameOf} from './load.ts'
import {type EntryState, type NewVersion, save} from './save.ts'
import {bytesOf} from './wire.ts'
import {wrongAs} from './wrong-as.ts'

export interface SetInput {
  params: {key: string}
  query: {scope: string}
  body: {
    value: WireValue
    type?: ValueType | undefined
    expectVersion?: number | undefined
    locked?: boolean | undefined
  }
}

export type SetReply = Written & {locked: boolean}
type Outcome = Change<SetReply> | Refusal

/** What deciding needs of the gate's handle: no database. */
export type Decider = Pick<Write<Operation>, 'org' | 'orgId' | 'now' | 'trial' | 'seal' | 'equality'>

/** Adds a version to each, unless its value is the one stored. Refusals: version_conflict, variable_locked, value_refused. */
export async function setValues(tx: Write<Operation>, kind: Kind, asks: readonly Ask<SetInput>[]): Promise<Outcome[]> {
  const stored = await loadEntries(tx.db, tx.orgId, kind, asks.map(placeOf))
  const plan = decideSets(tx, kind, stored, asks)
  await carryOut(tx, stored, plan)
  return plan.outcomes
}

/** What was decided of a list of asks: the answers, and what is to be written. */
export interface Plan {
  outcomes: Outcome[]
  states: EntryState[]
  versions: NewVersion[]
}

/** Writes what was decided. */
export async function carryOut(
  tx: Write<Operation>,
  stored: ReadonlyMap<string, Entry>,
  {states, versions}: Plan,
): Promise<void> {
  await forgetOldFacts(tx.db, stored, states)
  await save(tx.db, states, versions)
}

const placeOf = ({input}: Ask<SetInput>) => ({scope: input.query.scope, key: input.params.key})

/** Decides each ask in its order, in memory: a later one sees what an earlier one did. */
export function decideSets(
  handle: Decider,
  kind: Kind,
  stored: ReadonlyMap<string, Entry>,
  asks: readonly Ask<SetInput>[],
): Plan {
  const latest = new Map<string, EntryState>(stored)
  const states = new Map<string, EntryState>()
  const versions: NewVersion[] = []
  const outcomes = asks.map((ask): Outcome => {
    const name = nameOf(placeOf(ask))
    const decided = decideSet(handle, kind, latest.get(name), ask)
    if ('refused' in decided) return decided
    if (decided.state !== null) {
      latest.set(name, decided.state)
      states.set(name, decided.state)
    }
    if (decided.version !== null) versions.push(decided.version)
    return decided.change
  })
  return {outcomes, states: [...states.values()].map(withoutId), versions}
}

const withoutId = ({id: _, ...state}: EntryState & {id?: unknown}): EntryState => state

function decideSet(handle: Decider, kind: Kind, before: EntryState | undefined, ask: Ask<SetInput>) {
  const {scope, key} = placeOf(ask)
  const {value, type = 'string', expectVersion, locked} = ask.input.body
  const live = isLive(before as Entry | undefined) ? (before as Entry) : undefined
  const current = live === undefined || live.length === null ? 0 : live.version
  if (expectVersion !== undefined && expectVersion !== current) return conflict(expectVersion, current)
  // Of what was deleted, too: the name would else be anybody's.
  if (before?.locked === 1 && ask.actor.surface === 'dashboard') return lockedAgainst(ask.actor)
  const bytes = bytesOf(value)
  if (!Buffer.isBuffer(bytes)) return bytes

  const wrong = wrongAs(type, bytes)
  if (wrong !== null) return refusal('value_refused', wrong)
  const place = {org: handle.org, kind, scope, key, type}
  const equality = handle.equality(place, bytes)
  // A trial of a secret would tell, with no entry in the log, whether a guess at its value is right.
  const comparable = kind === 'variable' || !handle.trial
  const same =
    comparable && live?.length != null && live.equality !== null && Buffer.from(live.equality).equals(equality)
  const lock = locked === undefined ? (live?.locked ?? 0) : Number(locked)
  const version = same ? live.version : (before?.version ?? 0) + 1
  const changed = !same || lock !== live.locked
  const stamp = {updated_at: handle.now, updated_by: ask.actor.name}
  const state: EntryState | null = changed
    ? {
        org_id: handle.orgId,
        kind,
        scope,
        key,
        version,
        length: bytes.length,
        equality,
        locked: lock,
        deleted_at: null,
        purged_at: null,
        ...stamp,
      }
    : null
  const added: NewVersion | null = same
    ? null
    : {
        scope,
        key,
        version,
        sealed: handle.seal({version, ...place}, bytes),
        length: bytes.length,
        created_at: handle.now,
        created_by: ask.actor.name,
        type,
      }
  const now = state ?? live!
  const reply: SetReply = {
    key,
    scope,
    version,
    length: bytes.length,
    changed,
    updatedAt: now.updated_at,
    updatedBy: now.updated_by,
    locked: lock === 1,
  }
  bytes.fill(0)
  const change: Change<SetReply> = {reply, targets: [{kind, scope, name: key, version}], changed}
  return {change, state, version: added}
}

/** Another version is stored than the caller expected. */
export function conflict(expected: number, current: number): Refusal {
  const stands = current === 0 ? 'it has no value' : `it is at version ${current}`
  const wanted = expected === 0 ? 'it was expected not to exist' : `version ${expected} was expected`
  return refusal('version_conflict', `Nothing was written: ${wanted}, and ${stands}.`, {currentVersion: current})
}

/** A locked variable, seen from the dashboard. */
export function lockedAgainst(actor: Actor): Refusal {
  return refusal(
    'variable_locked',
    `This variable is locked: it cannot be changed from the ${actor.surface}, only from the CLI.`,
  )
}
