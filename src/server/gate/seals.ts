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
   * Looks whether what stands was sealed under a key that is in use, and holds it so until the transaction ends.
   * @throws StaleKeys when the key was retired: nothing is committed under a retired key, whoever retired it.
   */
  check: (db: Transaction<Schema>) => Promise<void>
  /** The data key that sealed, and how much of that stands: to be counted once it is committed. */
  total: () => {keyId: number; count: number}
}

export function countSeals(keyring: Keyring): Seals {
  let tried = 0
  let unchecked = 0
  let count = 0
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
    settle: (stands) => {
      if (stands) unchecked += tried
      tried = 0
    },
    check: async (db) => {
      if (unchecked === 0) return
      const [row] = await keyInUse(db, keyId)
      if (row === undefined) throw new StaleKeys('the data key in use was retired')
      count += unchecked
      unchecked = 0
    },
    total: () => ({keyId, count}),
  }
}

/** The lock is one that all turns of all organizations hold together; what retires the key waits for them, and they for it. */
const keyInUse = prepared((db: Transaction<Schema>, keyId: number) =>
  db.selectFrom('keys').select('id').where('id', '=', keyId).where('retired_at', 'is', null).forShare(),
)
