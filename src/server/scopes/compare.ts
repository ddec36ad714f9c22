import {timingSafeEqual} from 'node:crypto'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {ValueType} from '../../contract/value-type.ts'
import {type Ask, type Disclose, type Reveal, refusal} from '../gate/types.ts'
import {textsOf} from '../store/json-list.ts'
import type {Entry} from '../values/load.ts'
import {loadSealed} from '../values/load-sealed.ts'

type Route = Routes['scopesCompare']
type Item = Reply<Route>['items'][number]

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

/** Says of each name in two scopes whether both have it, and the same value: nothing else of a value. Refusals: not_found. */
export const compareScopes: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const scopes = JSON.stringify(asks.flatMap(scopesOf))
  const known = await loadScopes(handle, scopes)
  const sides = await loadSides(handle, scopes)
  const pairs = asks.map((ask) => pairsOf(sides.filter(visibleTo(ask)), ...scopesOf(ask)))
  const same = await findSame(handle, pairs.flat().filter(needsOpening))
  return asks.map((ask, index) => {
    const [scope, other] = scopesOf(ask)
    if (!known.has(scope) || !known.has(other))
      return refusal('not_found', `There is no scope of ${known.has(scope) ? 'the second' : 'the first'} name.`)
    const items = pairs[index]!.map((pair) => itemOf(pair, [scope, other], same.has(pair)))
    return {
      reply: {scope, with: other, items},
      targets: [
        {kind: 'scope', scope},
        {kind: 'scope', scope: other},
      ],
    }
  })
}

const scopesOf = ({input: {query}}: Ask<Input<Route>>): [string, string] => [query.scope, query.with]

/** Whoever may not list names of a kind does not learn them here. */
const visibleTo =
  ({actor}: Ask<Input<Route>>) =>
  ({kind}: Side) =>
    actor.permissions.includes(`${kind}s.list`)

const loadScopes = async ({db, orgId}: Disclose, scopes: string): Promise<Set<string>> => {
  const rows = await db
    .selectFrom('scopes')
    .select('path')
    .where('org_id', '=', orgId)
    .where('path', 'in', textsOf(scopes))
    .execute()
  return new Set(rows.map(({path}) => path))
}

const loadSides = ({db, orgId}: Disclose, scopes: string): Promise<Side[]> =>
  db
    .selectFrom('entries')
    .leftJoin('versions', (join) =>
      join.onRef('versions.entry_id', '=', 'entries.id').onRef('versions.version', '=', 'entries.version'),
    )
    .select(['id', 'kind', 'scope', 'key', 'entries.version', 'entries.length', 'type'])
    .where('org_id', '=', orgId)
    .where('kind', 'in', ['secret', 'variable'])
    .where('scope', 'in', textsOf(scopes))
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
