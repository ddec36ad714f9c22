import {type Kysely, sql} from 'kysely'
import {numbersOf, tuplesOf} from '../store/json-list.ts'
import type {Schema} from '../store/schema.ts'

/** When tokens were used last: kept in memory, written once a minute, unaudited, beside the gate. */
export interface LastUse {
  note: (tokenId: number, at: string) => void
  /** @throws when it was not written: then it is kept for the next time. */
  write: () => Promise<void>
}

export function noteLastUse(writer: Kysely<Schema>): LastUse {
  let noted = new Map<number, string>()
  return {
    note: (tokenId, at) => {
      noted.set(tokenId, at)
    },
    write: async () => {
      if (noted.size === 0) return
      const used = noted
      noted = new Map()
      await store(writer, used).catch((error: unknown) => {
        noted = new Map([...used, ...noted])
        throw error
      })
    },
  }
}

async function store(writer: Kysely<Schema>, used: ReadonlyMap<number, string>): Promise<void> {
  const rows = [...used].map(([id, at]) => [id, `${at.slice(0, 16)}:00.000Z`])
  await writer.transaction().execute(async (trx) => {
    // Another server of the same store may be at the same rows: both take them in one order.
    await trx
      .selectFrom('tokens')
      .select('id')
      .where('id', 'in', numbersOf(JSON.stringify([...used.keys()])))
      .orderBy('id')
      .forUpdate()
      .execute()
    // And it may have seen a later use.
    await sql`with used (id, at) as ${tuplesOf(JSON.stringify(rows), ['integer', 'text'])}
      update tokens set last_used_at = used.at from used
      where tokens.id = used.id and (last_used_at is null or last_used_at < used.at)`.execute(trx)
  })
}
