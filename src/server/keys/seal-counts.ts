import type {Kysely} from 'kysely'
import type {Schema} from '../store/schema.ts'

/**
 * How often data keys have sealed: kept in memory, written by the jobs, unaudited and beside the gate. In the turn that seals
 * it would make the one row of the key in use what every turn of every server waits for.
 */
export interface SealCounts {
  /** Counts what was committed. */
  add: (keyId: number, count: number) => void
  /** Writes what was counted since the last call; what could not be written is kept for the next one. */
  write: () => Promise<void>
}

export function countSealed(writer: Kysely<Schema>): SealCounts {
  const counts = new Map<number, number>()
  const add: SealCounts['add'] = (keyId, count) => {
    if (count > 0) counts.set(keyId, (counts.get(keyId) ?? 0) + count)
  }
  return {
    add,
    write: async () => {
      const taken = [...counts]
      counts.clear()
      // One, but in the moment in which it is replaced.
      for (const [keyId, count] of taken) {
        await writer
          .updateTable('keys')
          .set((eb) => ({sealed_count: eb('sealed_count', '+', count)}))
          .where('id', '=', keyId)
          .execute()
          .catch((error: unknown) => {
            add(keyId, count)
            throw error
          })
      }
    },
  }
}
