import type {Transaction} from 'kysely'
import {type Keyring, StaleKeys} from '../keyring/keyring.ts'
import {prepared} from '../store/prepared.ts'
import type {Schema} from '../store/schema.ts'

/** What one turn seals, since a data key may seal only so often. */
export interface Seals {
  /** The same keyring, counted. */
  keyring: Keyring
  /** Says whether what was sealed since the last call stands, or was undone and goes nowhere. */
  settle: (stands: boolean) => void
  /**
   * Adds what stands to the data key's number.
   * @throws StaleKeys when the key was retired: nothing is committed under a retired key, whoever retired it.
   */
  note: (db: Transaction<Schema>) => Promise<void>
}

export function countSeals(keyring: Keyring): Seals {
  let tried = 0
  let stands = 0
  const keyId = keyring.dataKeyId()
  return {
    keyring: {
      ...keyring,
      seal: (place, bytes) => {
        tried += 1
        return keyring.seal(place, bytes)
      },
      reseal: (from, sealed, to) => {
        tried += 1
        return keyring.reseal(from, sealed, to)
      },
    },
    settle: (stand) => {
      if (stand) stands += tried
      tried = 0
    },
    note: async (db) => {
      if (stands === 0) return
      const [row] = await addSeals(db, keyId, stands)
      stands = 0
      if (row === undefined) throw new StaleKeys('the data key in use was retired')
    },
  }
}

const addSeals = prepared((db: Transaction<Schema>, keyId: number, count: number) =>
  db
    .updateTable('keys')
    .set((eb) => ({sealed_count: eb('sealed_count', '+', count)}))
    .where('id', '=', keyId)
    .where('retired_at', 'is', null)
    .returning('id'),
)
