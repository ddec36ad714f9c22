import type {Transaction} from 'kysely'
import {MAX_TAGS} from '../../contract/limits.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Facts, FactsBody} from '../../contract/routes/facts.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, type Ask, type Change, type Refusal, refusal} from '../gate/types.ts'
import {numbersOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'
import {loadTags} from '../values/facts.ts'
import {type Entry, isLive, loadEntries, nameOf} from '../values/load.ts'

type Route = Routes['secretsDescribe']
type Outcome = Change<Reply<Route>> | Refusal

/** An entry with its tags. */
export interface Described {
  entry: Entry
  tags: ReadonlyMap<string, string>
}

/** Changes the facts about each secret, and nothing of its value. Refusals: not_found, malformed. */
export const describeSecrets: Act<'secrets.describe', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const stored = await loadEntries(tx.db, tx.orgId, 'secret', asks.map(placeOf))
  const live = [...stored].filter(([, entry]) => isLive(entry))
  const tags = await loadTags(
    tx.db,
    live.map(([, {id}]) => id),
  )
  const plan = decideFacts(new Map(live.map(([name, entry]) => [name, {entry, tags: tags.get(entry.id)!}])), asks)
  await saveFacts(tx.db, plan.changed)
  return plan.outcomes
}

const placeOf = ({input}: Ask<Input<Route>>) => ({scope: input.query.scope, key: input.params.key})

/** Decides each ask in its order, in memory: a later one sees what an earlier one did. */
export function decideFacts(
  stored: ReadonlyMap<string, Described>,
  asks: readonly Ask<Input<Route>>[],
): {outcomes: Outcome[]; changed: Described[]} {
  const latest = new Map(stored)
  const changed = new Map<string, Described>()
  const outcomes = asks.map((ask): Outcome => {
    const {scope, key} = placeOf(ask)
    const before = latest.get(nameOf({scope, key}))
    if (before === undefined) return refusal('not_found', 'There is no secret of this name in this scope.')
    if (Object.keys(ask.input.body).length === 0)
      return refusal('malformed', 'The request says nothing about the secret; nothing was changed.')
    const after = withFacts(before, ask.input.body)
    if (after.tags.size > MAX_TAGS)
      return refusal('malformed', `A secret has at most ${MAX_TAGS} tags; nothing was changed.`)
    const differs = JSON.stringify(factsOf(before)) !== JSON.stringify(factsOf(after))
    if (differs) {
      latest.set(nameOf({scope, key}), after)
      changed.set(nameOf({scope, key}), after)
    }
    const version = after.entry.length === null ? 0 : after.entry.version
    return {
      reply: {key, scope, version, changed: differs, ...factsOf(after)},
      targets: [{kind: 'secret', scope, name: key, version}],
      changed: differs,
    }
  })
  return {outcomes, changed: [...changed.values()]}
}

function withFacts({entry, tags}: Described, body: FactsBody): Described {
  const {owner = entry.owner, note = entry.note, rotateDays = entry.rotate_days, expiresAt} = body
  const expires = expiresAt == null ? expiresAt : new Date(expiresAt).toISOString()
  const said = Object.entries(body.tags ?? {})
  const kept = [...tags].filter(([name]) => !said.some(([other]) => other === name))
  const given = said.filter((tag): tag is [string, string] => tag[1] !== null)
  return {
    entry: {
      ...entry,
      owner,
      note,
      rotate_days: rotateDays,
      expires_at: expires === undefined ? entry.expires_at : expires,
    },
    tags: new Map([...kept, ...given].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** The facts as the API shows them. */
export const factsOf = ({entry, tags}: Described): Facts => ({
  owner: entry.owner,
  note: entry.note,
  expiresAt: entry.expires_at,
  rotateDays: entry.rotate_days,
  tags: Object.fromEntries(tags),
})

async function saveFacts(db: Transaction<Schema>, changed: readonly Described[]): Promise<void> {
  if (changed.length === 0) return
  await db
    .insertInto('entries')
    .values(changed.map(({entry: {id: _, ...row}}) => row))
    .onConflict((conflict) =>
      conflict.columns(['org_id', 'kind', 'scope', 'key']).doUpdateSet((eb) => ({
        owner: eb.ref('excluded.owner'),
        note: eb.ref('excluded.note'),
        expires_at: eb.ref('excluded.expires_at'),
        rotate_days: eb.ref('excluded.rotate_days'),
      })),
    )
    .execute()
  const ids = JSON.stringify(changed.map(({entry}) => entry.id))
  await db.deleteFrom('entry_tags').where('entry_id', 'in', numbersOf(ids)).execute()
  const tags = changed.flatMap(({entry, tags}) => [...tags].map(([name, value]) => ({entry_id: entry.id, name, value})))
  if (tags.length > 0) await db.insertInto('entry_tags').values(tags).execute()
}
