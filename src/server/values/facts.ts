import {type Kysely, type RawBuilder, sql, type Transaction} from 'kysely'
import type {ValueType} from '../../contract/value-type.ts'
import {numbersOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'
import {daysLater} from '../store/words.ts'
import {type Entry, type Named, nameOf} from './load.ts'

type Db = Pick<Kysely<Schema>, 'selectFrom'>

/** When the rotation of a row of `entries` is due: so many days after its value was set. Null: it has no value, or no such fact. */
export const rotateDueAt: RawBuilder<string | null> =
  sql`case when rotate_days is not null and length is not null then ${daysLater(
    sql`(select created_at from versions where entry_id = entries.id and versions.version = entries.version)`,
    sql`rotate_days`,
  )} end`

/** What the bytes of the value of a row of `entries` are. Null: it has none. */
export const typeNow: RawBuilder<ValueType | null> = sql`case when length is not null then (select type from versions where entry_id = entries.id and versions.version = entries.version) end`

/** How the index of disclosures names a row of `entries`: see gate/disclosed.ts. */
const named = sql`entries.kind || ' ' || entries.scope || ' ' || entries.key`
const lists = sql`select 'list ' || list as target from audit_names where audit_names.org_id = entries.org_id and audit_names.target = ${named}`
const disclosures = sql`audit where audit.org_id = entries.org_id and outcome = 'disclosed'`

/** The last disclosure of something since a row of `entries` has its name: the end of a range of the index, however long that is. */
const lastOf = (target: RawBuilder<unknown>) =>
  sql`(select max(at) from ${disclosures} and target = ${target} and at >= coalesce(entries.named_at, ''))`

/** By its name, or in a list of names. Each list by itself: no engine finds the last of several without reading all. */
const lastInLog = sql`(select max(at) from (
    select ${lastOf(named)} as at union all
    select ${lastOf(sql`listed.target`)} from (${lists}) as listed) as readings)`

/** When a row of `entries` was last read, as far as the audit log goes back. Null: never. */
export const lastReadAt: RawBuilder<string | null> = sql`coalesce(${lastInLog}, read_before_at)`

/** Who read it then. */
export const lastReadBy: RawBuilder<string | null> = sql`coalesce(
    (select actor from ${disclosures} and target in (select ${named} union all ${lists}) and at = ${lastInLog}
      order by sequence desc limit 1), read_before_by)`

/** From when on the audit log has every reading; null: from the beginning. What was before was archived and pruned. */
export async function loadReadingsSince(db: Db, orgId: number): Promise<string | null> {
  const newest = await db
    .selectFrom('audit_segments')
    .select(({fn}) => fn.max('at').as('at'))
    .where('org_id', '=', orgId)
    .where('pruned_at', 'is not', null)
    .executeTakeFirst()
  return newest?.at ?? null
}

/** The tags of these entries, by id, in the order of their names. */
export async function loadTags(db: Db, ids: readonly number[]): Promise<Map<number, Map<string, string>>> {
  const rows = await db
    .selectFrom('entry_tags')
    .selectAll()
    .where('entry_id', 'in', numbersOf(JSON.stringify(ids)))
    .orderBy('name')
    .execute()
  const byId = new Map(ids.map((id) => [id, new Map<string, string>()]))
  for (const {entry_id, name, value} of rows) byId.get(entry_id)?.set(name, value)
  return byId
}

/** Takes all facts away from those of `stored` that were deleted and get a new state: a name that is set anew begins without, readings and versions too. */
export async function forgetOldFacts(
  db: Transaction<Schema>,
  stored: ReadonlyMap<string, Entry>,
  states: readonly (Named & {updated_at: string})[],
): Promise<void> {
  const ids = states.flatMap((state) => {
    const before = stored.get(nameOf(state))
    return before === undefined || before.deleted_at === null ? [] : [before.id]
  })
  await forgetFacts(db, ids)
  if (ids.length === 0) return
  await db
    .updateTable('entries')
    .set({
      named_at: states[0]!.updated_at,
      read_before_at: null,
      read_before_by: null,
      first_version: sql`version + 1`,
    })
    .where('id', 'in', numbersOf(JSON.stringify(ids)))
    .execute()
}

/** Takes all facts away from the entries of these ids. */
export async function forgetFacts(db: Transaction<Schema>, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  const these = numbersOf(JSON.stringify(ids))
  const none = {owner: null, note: null, expires_at: null, rotate_days: null}
  await db.updateTable('entries').set(none).where('id', 'in', these).execute()
  await db.deleteFrom('entry_tags').where('entry_id', 'in', these).execute()
}
