import type {Kysely} from 'kysely'
import type {Schema} from '../store/schema.ts'

/** When tokens were used last: kept in memory, written once a minute, unaudited. The one write beside the gate. */
export interface LastUse {
  note: (tokenId: number, at: string) => void
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
      await writer.transaction().execute(async (trx) => {
        for (const [id, at] of used)
          await trx
            .updateTable('tokens')
            .set({last_used_at: `${at.slice(0, 16)}:00.000Z`})
            .where('id', '=', id)
            .execute()
      })
    },
  }
}
