import {Buffer} from 'node:buffer'
import type {Operation} from '../../contract/operations.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Ask, type Change, type Refusal, refusal, type Target, type Write} from '../gate/types.ts'
import {BREATH, breathe} from '../store/breathe.ts'
import {type Entry, type Kind, loadEntries, nameOf} from './load.ts'
import {carryOut, type Decider, decideSets, type Plan, type SetInput, type SetReply} from './set.ts'

type ManyInput = Input<Routes['secretsSetMany']> | Input<Routes['variablesSetMany']>
type Report = Reply<Routes['secretsSetMany']>
type Outcome = Change<Report> | Refusal

/**
 * Sets all values of an ask, or none: the first that is refused refuses the whole, and says which it was by its place.
 * Refusals: malformed (a name twice), and those of a set.
 */
export async function setManyValues(
  tx: Write<Operation>,
  kind: Kind,
  asks: readonly Ask<ManyInput>[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  // Each is many already, and one that is refused must leave nothing to the next.
  for (const ask of asks) outcomes.push(await setAll(tx, kind, ask))
  return outcomes
}

async function setAll(tx: Write<Operation>, kind: Kind, {actor, input}: Ask<ManyInput>): Promise<Outcome> {
  const {items} = input.body
  const seen = new Set<string>()
  const twice = items.findIndex((item) => seen.size === seen.add(nameOf(item)).size)
  if (twice !== -1) return refusal('malformed', `Item ${twice + 1} has the name of an item before it. ${NOTHING}`)
  const singles = items.map(
    ({scope, key, ...body}): Ask<SetInput> => ({
      actor,
      input: {params: {key}, query: {scope}, body},
    }),
  )
  const stored = await loadEntries(tx.db, tx.orgId, kind, items)
  // Sealing counts against the data key, so what is refused is decided without.
  const handle = {...tx, equality: onceEach(tx.equality)}
  const trial = await decideAll({...handle, seal: () => Buffer.alloc(0)}, kind, stored, singles)
  const refused = trial.outcomes.findIndex((outcome) => 'refused' in outcome)
  if (refused !== -1) {
    const {detail, ...rest} = trial.outcomes[refused] as Refusal
    return {...rest, detail: `Item ${refused + 1} of ${items.length}: ${detail} ${NOTHING}`}
  }
  const plan = await decideAll(handle, kind, stored, singles)
  await carryOut(tx, stored, plan)
  return reportOf(plan.outcomes as Change<SetReply>[])
}

/** The equality hash of each name's value, which is the same at both times. */
function onceEach(equality: Decider['equality']): Decider['equality'] {
  const known = new Map<string, Buffer>()
  return (place, bytes) => {
    const name = nameOf(place)
    const hash = known.get(name) ?? equality(place, bytes)
    known.set(name, hash)
    return hash
  }
}

/** Decides some at a time, and lets others through meanwhile. No name comes twice, so none sees what another did. */
async function decideAll(
  handle: Decider,
  kind: Kind,
  stored: ReadonlyMap<string, Entry>,
  asks: readonly Ask<SetInput>[],
): Promise<Plan> {
  const all: Plan = {outcomes: [], states: [], versions: []}
  for (let at = 0; at < asks.length; at += BREATH) {
    if (at > 0) await breathe()
    const {outcomes, states, versions} = decideSets(handle, kind, stored, asks.slice(at, at + BREATH))
    all.outcomes.push(...outcomes)
    all.states.push(...states)
    all.versions.push(...versions)
  }
  return all
}

const NOTHING = 'Nothing of this call was written.'

function reportOf(changes: readonly Change<SetReply>[]): Change<Report> {
  const targetsWhere = (changed: boolean) =>
    changes.filter((change) => change.changed === changed).flatMap((change): Target[] => change.targets)
  const [changed, unchanged] = [targetsWhere(true), targetsWhere(false)]
  const reply = {
    changed: changed.length,
    unchanged: unchanged.length,
    items: changes.map(({reply: {scope, key, version}, changed}) => ({scope, key, version, changed})),
  }
  const some = changed.length > 0
  return {
    reply,
    targets: (some ? changed : unchanged) as [Target, ...Target[]],
    changed: some,
    ...(unchanged.length === 0 ? {} : {unchanged: restOf(unchanged, changes.length)}),
  }
}

/** One entry for all that had its value already: an entry for each would let a call that does nothing fill the store. */
function restOf(unchanged: readonly Target[], of: number): {target: Target; reason: string} {
  const [{kind, scope, ...one}, ...others] = unchanged as [Target, ...Target[]]
  const where = scope !== undefined && others.every((other) => other.scope === scope) ? {scope} : {}
  return {
    target: {kind, ...where, ...(others.length === 0 ? one : {})},
    reason: `${unchanged.length} of ${of} had the value already`,
  }
}
