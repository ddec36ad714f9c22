import {sql} from 'kysely'
import {COUNTED_ENTRIES} from '../../contract/limits.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'

type Route = Routes['auditActivity']
type Day = Reply<Route>['days'][number]

const DAY = 86_400_000

/** By default, in days. */
const DAYS = 14

/** What was recorded of each day: of the newest entries, so that a long log costs no more than they do. */
export const countActivity =
  (now: () => Date, most = COUNTED_ENTRIES) =>
  async ({db, actor}: Read, {query}: Input<Route>): Promise<Reply<Route>> => {
    const {days = DAYS} = query
    const from = new Date(now().getTime() - (days - 1) * DAY).toISOString().slice(0, 10)
    const head = await db
      .selectFrom('audit_heads')
      .select('sequence')
      .where('org_id', '=', actor.orgId)
      .executeTakeFirst()
    const after = Math.max(0, (head?.sequence ?? 0) - most)
    const counted = db
      .selectFrom('audit')
      .select([sql<string>`substr(at, 1, 10)`.as('day'), 'outcome', 'at'])
      .where('org_id', '=', actor.orgId)
      .where('sequence', '>', after)
      .where('at', '>=', from)
    const rows = await db
      .selectFrom(counted.as('counted'))
      .select(['day', 'outcome'])
      .select((eb) => [eb.fn.countAll<number | string>().as('entries'), eb.fn.min<string>('at').as('first')])
      .groupBy(['day', 'outcome'])
      .orderBy('day')
      .execute()
    const found = new Map<string, Day>()
    for (const {day, outcome, entries} of rows) {
      const of = found.get(day) ?? {day, done: 0, disclosed: 0, refused: 0, failed: 0}
      if (outcome in of) of[outcome as Exclude<keyof Day, 'day'>] = Number(entries)
      found.set(day, of)
    }
    const first = rows.map((row) => row.first).sort()[0] ?? null
    // The oldest day began before what was gone over, unless that begins before the days that were asked for.
    const cut = after > 0 && first !== null && (await isOf(db, actor.orgId, after, from))
    return {days: [...found.values()], since: cut ? first : null}
  }

/** Whether an entry is of a day, or later. */
async function isOf(db: Read['db'], orgId: number, sequence: number, day: string): Promise<boolean> {
  const entry = db.selectFrom('audit').select('at').where('org_id', '=', orgId).where('sequence', '=', sequence)
  return ((await entry.executeTakeFirst())?.at ?? '') >= day
}
