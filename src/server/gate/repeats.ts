import {Buffer} from 'node:buffer'
import {type InsertResult, type Kysely, sql, type Transaction} from 'kysely'
import {atOnce} from '../store/at-once.ts'
import {columns} from '../store/columns.ts'
import {tuplesOf} from '../store/json-list.ts'
import {prepared, preparedRows} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'
import type {Waiting, WriteAsk} from './asks.ts'
import {Refused} from './refused.ts'
import type {Actor} from './types.ts'

type Selects = Pick<Kysely<Schema>, 'selectFrom'>
type Kept = Map<string, Schema['requests']>

/** How long a reply is kept for a repeat, in milliseconds. */
export const KEPT_FOR = 24 * 60 * 60 * 1000

/** A request id counts within who made it, and through which door: no surface is answered what another one did. */
const whoOf = (actor: Actor) => `${actor.surface} ${actor.id}`

const keyOf = (orgId: number, who: string, requestId: string) => `${orgId} ${who} ${requestId}`

/** What was answered before to the requests of these asks, in one statement. */
export async function loadKept(db: Selects, waiting: readonly Waiting[]): Promise<Kept> {
  const writes = waiting.filter((one) => one.ask.verb === 'write')
  if (writes.length === 0) return new Map()
  const names = writes.map(({ask: {actor, requestId}}) => [actor.orgId, whoOf(actor), requestId])
  const rows = await selectKept(db, JSON.stringify(names))
  return new Map(rows.map((row) => [keyOf(row.org_id, row.actor, row.request_id), row]))
}

const selectKept = prepared((db: Selects, names: string) =>
  db
    .selectFrom('requests')
    .selectAll()
    .where(sql<boolean>`(org_id, actor, request_id) in ${tuplesOf(names, ['integer', 'text', 'text'])}`),
)

/** What a repeat is answered: the first reply, or a refusal when there is none to give; null: it is no repeat. */
export function findRepeat(kept: Kept, ask: WriteAsk): {reply: unknown} | Refused | null {
  const row = kept.get(keyOf(ask.actor.orgId, whoOf(ask.actor), ask.requestId))
  if (row === undefined) return null
  if (!Buffer.from(row.digest).equals(ask.digest)) {
    return new Refused(
      'request_id_reused',
      'This request id was used for another request; make a new id for each request.',
    )
  }
  if (row.reply === null)
    return new Refused('reply_spent', 'This was done before, and its one-time reply is gone; ask for a new one.')
  return {reply: JSON.parse(row.reply)}
}

/** Keeps the replies of what was done, and forgets those that are too old to be asked for again. */
export async function keepReplies(
  db: Transaction<Schema>,
  done: readonly {ask: WriteAsk; reply: unknown}[],
  now: string,
): Promise<void> {
  if (done.length === 0) return
  const rows = done.map(({ask, reply}) => ({
    org_id: ask.actor.orgId,
    actor: whoOf(ask.actor),
    request_id: ask.requestId,
    digest: ask.digest,
    reply: ask.oneTimeReply ? null : JSON.stringify(reply),
    at: now,
  }))
  const before = new Date(Date.parse(now) - KEPT_FOR).toISOString()
  // At most twice as many go as came, so that no one write pays for a busy day.
  await atOnce([insertReplies(db, rows), deleteBefore(db, before, rows.length * 2)])
}

const insertReplies = preparedRows<Transaction<Schema>, Schema['requests'], InsertResult>(
  columns.requests,
  (db, rows) => db.insertInto('requests').values(rows),
)

const deleteBefore = prepared((db: Transaction<Schema>, before: string, most: number) =>
  db.deleteFrom('requests').where(
    // What another server's turn is about to delete is left to it, else the one would wait for the other's commit.
    sql<boolean>`(org_id, actor, request_id) in ${db
      .selectFrom('requests')
      .select(['org_id', 'actor', 'request_id'])
      .where('at', '<', before)
      .orderBy('at')
      .limit(most)
      .forUpdate()
      .skipLocked()}`,
  ),
)
