import {timingSafeEqual} from 'node:crypto'
import {MAX_COMPARED, MAX_COMPARED_BYTES} from '../../contract/limits.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {type Ask, type Disclose, type Disclosure, type Refusal, type Reveal, refusal} from '../gate/types.ts'
import type {Entry} from '../values/load.ts'
import {loadSealed} from '../values/load-sealed.ts'

type Route = Routes['scopesCompare']
type Item = Reply<Route>['items'][number]
type Outcome = Disclosure<Reply<Route>> | Refusal

/** A name of one of two scopes. */
export type Side = Pick<Entry, 'id' | 'kind' | 'scope' | 'key' | 'version' | 'length'> & {type: ValueType | null}

/** The same name in both scopes, as far as it is there. */
export interface Pair {
  kind: Side['kind']
  key: string
  sides: [Side | undefined, Side | undefined]
}

/** How many pairs of values are in memory at once: one may have two mebibytes. */
const PAIRS_AT_ONCE = 50

/** Says of each name in two scopes whether both have it, and the same value: nothing else of a value. Refusals: not_found, too_many. */
export const compareScopes: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const outcomes: Outcome[] = []
  // A scope may be compared ten times a minute, so there is hardly more than one; and what one has opened is gone before the next.
  for (const ask of asks) outcomes.push(await compareOne(handle, ask))
  return outcomes
}

async function compareOne(handle: Disclose, ask: Ask<Input<Route>>): Promise<Outcome> {
  const scopes = [ask.input.query.scope, ask.input.query.with] as [string, string]
  const [scope, other] = scopes
  const names = await countNames(handle, scopes)
  if (!names.has(scope) || !names.has(other))
    return refusal('not_found', `There is no scope of ${names.has(scope) ? 'the second' : 'the first'} name.`)
  if (names.get(scope)! + names.get(other)! > MAX_COMPARED)
    return refusal('too_many', `Scopes of more than ${MAX_COMPARED} names together are not compared at once.`)
  const pairs = pairsOf((await loadSides(handle, scopes)).filter(visibleTo(ask)), ...scopes)
  const toOpen = pairs.filter(needsOpening)
  const bytes = toOpen.reduce((sum, {sides}) => sum + 2 * sides[0]!.length!, 0)
  if (bytes > MAX_COMPARED_BYTES)
    return refusal('too_many', `To tell, ${bytes} bytes would be opened; at most ${MAX_COMPARED_BYTES} are at once.`)
  const same = await findSame(handle, toOpen)
  return {
    reply: {scope, with: other, items: pairs.map((pair) => itemOf(pair, scopes, same.has(pair)))},
    targets: [
      {kind: 'scope', scope},
      {kind: 'scope', scope: other},
    ],
  }
}

/** Whoever may not list names of a kind does not learn them here. */
const visibleTo =
  ({actor}: Ask<Input<Route>>) =>
  ({kind}: Side) =>
    actor.permissions.includes(`${kind}s.list`)

/** How many names each of these scopes has, if it is there. */
async function countNames({db, orgId}: Disclose, scopes: readonly string[]): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('scopes')
    .select('path')
    .select((eb) =>
      eb
        .selectFrom('entries')
        .select((names) => names.fn.countAll<number | string>().as('names'))
        .whereRef('entries.org_id', '=', 'scopes.org_id')
        .whereRef('entries.scope', '=', 'scopes.path')
        .where('kind', 'in', KINDS)
        .where('deleted_at', 'is', null)
        .as('names'),
    )
    .where('org_id', '=', orgId)
    .where('path', 'in', scopes)
    .execute()
  return new Map(rows.map(({path, names}) => [path, Number(names)]))
}

const KINDS = ['secret', 'variable'] as const

const loadSides = ({db, orgId}: Disclose, scopes: readonly string[]): Promise<Side[]> =>
  db
    .selectFrom('entries')
    .leftJoin('versions', (join) =>
      join.onRef('versions.entry_id', '=', 'entries.id').onRef('versions.version', '=', 'entries.version'),
    )
    .select(['id', 'kind', 'scope', 'key', 'entries.version', 'entries.length', 'type'])
    .where('org_id', '=', orgId)
    .where('kind', 'in', KINDS)
    .where('scope', 'in', scopes)
    .where('deleted_at', 'is', null)
    .orderBy('kind')
    .orderBy('key')
    .execute()

/** The names of both scopes, each once, in the order in which they come. */
export function pairsOf(sides: readonly Side[], first: string, second: string): Pair[] {
  const pairs = new Map<string, Pair>()
  for (const side of sides) {
    if (side.scope !== first && side.scope !== second) continue
    const name = `${side.kind} ${side.key}`
    const pair: Pair = pairs.get(name) ?? {kind: side.kind, key: side.key, sides: [undefined, undefined]}
    if (side.scope === first) pair.sides[0] = side
    if (side.scope === second) pair.sides[1] = side
    pairs.set(name, pair)
  }
  return [...pairs.values()]
}

/** Whether only the values themselves can tell: their lengths, which a list shows, do not. */
export const needsOpening = ({sides: [a, b]}: Pair): boolean =>
  a?.length != null && a.length === b?.length && a.type === b.type

/** What is said of a pair; a name without a value counts as missing. */
export function itemOf({kind, key, sides}: Pair, scopes: [string, string], same: boolean): Item {
  const missingIn = scopes.filter((_, index) => sides[index]?.length == null)
  return {kind, key, state: missingIn.length > 0 ? 'missing' : same ? 'same' : 'different', missingIn}
}

/** Those of the pairs whose values are the same, compared in a time that tells nothing of where they differ. */
async function findSame(handle: Disclose, pairs: readonly Pair[]): Promise<Set<Pair>> {
  const same = new Set<Pair>()
  for (let at = 0; at < pairs.length; at += PAIRS_AT_ONCE) {
    const pack = pairs.slice(at, at + PAIRS_AT_ONCE)
    const sealed = await loadSealed(
      handle.db,
      pack.flatMap(({sides}) => sides as Side[]),
    )
    for (const pair of pack) {
      const [a, b] = (pair.sides as [Side, Side]).map((side) =>
        handle.open(placeOf(handle, side), sealed(side)!.sealed),
      )
      if (a!.length === b!.length && timingSafeEqual(a!, b!)) same.add(pair)
      a!.fill(0)
      b!.fill(0)
    }
  }
  return same
}

const placeOf = ({org}: Disclose, {kind, scope, key, version, type}: Side) => ({
  org,
  kind,
  scope,
  key,
  version,
  type: type ?? 'string',
})
