import {type Kysely, sql, type Transaction} from 'kysely'
import type {Actor} from '../gate/types.ts'
import {bytesOf, numbersOf, tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'

/** How long a session of the dashboard lives without being used, in milliseconds. */
export const SESSION_IDLE = 30 * 60 * 1000

/** When tokens and sessions were used last: kept in memory, written once a minute, unaudited, beside the gate. */
export interface LastUse {
  /** `attended`: somebody is at it; what a page asks by itself keeps no session alive. By default it is. */
  note: (actor: Pick<Actor, 'tokenId' | 'sessionId' | 'surface'>, at: string, attended?: boolean) => void
  /** @throws when it was not written: then it is kept for the next time. */
  write: () => Promise<void>
}

export function noteLastUse(writer: Kysely<Schema>): LastUse {
  const tokens = notes(writer, storeTokens)
  const sessions = notes(writer, storeSessions)
  return {
    note: ({tokenId, sessionId, surface}, at, attended = true) => {
      tokens.note(tokenId, at)
      if (attended && sessionId !== null && surface !== 'workload')
        sessions.note(Buffer.from(sessionId).toString('hex'), at)
    },
    write: async () => {
      await tokens.write()
      await sessions.write()
    },
  }
}

/** When each was used last, until it is written. */
function notes<K>(writer: Kysely<Schema>, store: (trx: Transaction<Schema>, used: [K, string][]) => Promise<void>) {
  let noted = new Map<K, string>()
  return {
    note: (key: K, at: string) => void noted.set(key, at),
    write: async () => {
      if (noted.size === 0) return
      const used = noted
      noted = new Map()
      const stored = writer.transaction().execute((trx) => store(trx, [...used]))
      await stored.catch((error: unknown) => {
        noted = new Map([...used, ...noted])
        throw error
      })
    },
  }
}

async function storeTokens(trx: Transaction<Schema>, used: [number, string][]): Promise<void> {
  // Another server of the same store may be at the same rows: both take them in one order.
  await trx
    .selectFrom('tokens')
    .select('id')
    .where('id', 'in', numbersOf(JSON.stringify(used.map(([id]) => id))))
    .orderBy('id')
    .forUpdate()
    .execute()
  const rows = used.map(([id, at]) => [id, `${at.slice(0, 16)}:00.000Z`])
  // And it may have seen a later use.
  await sql`with used (id, at) as ${tuplesOf(JSON.stringify(rows), ['integer', 'text'])}
    update tokens set last_used_at = used.at from used
    where tokens.id = used.id and (last_used_at is null or last_used_at < used.at)`.execute(trx)
}

async function storeSessions(trx: Transaction<Schema>, used: [string, string][]): Promise<void> {
  await trx
    .selectFrom('sessions')
    .select('id')
    .where('id', 'in', bytesOf(JSON.stringify(used.map(([id]) => id))))
    .orderBy('id')
    .forUpdate()
    .execute()
  const rows = used.map(([id, at]) => [id, idleUntil(at)])
  await sql`with used (id, until) as ${tuplesOf(JSON.stringify(rows), ['bytes', 'text'])}
    update sessions set idle_until = used.until from used
    where sessions.id = used.id and idle_until < used.until`.execute(trx)
}

/** Until when a session lives that is used at a time, and no more. */
export const idleUntil = (at: string): string => new Date(Date.parse(at) + SESSION_IDLE).toISOString()
