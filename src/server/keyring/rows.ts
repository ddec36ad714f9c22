import type {Buffer} from 'node:buffer'
import {createSecretKey, type KeyObject} from 'node:crypto'
import type {KeyPurpose, Schema} from '../store/schema.ts'
import {rootKeyId, unwrapKey, wrapKey} from './wrap.ts'

type KeyRow = Schema['keys']

/** A new key, wrapped, as it is stored. */
export function newRow(
  rootKey: Uint8Array,
  {id, purpose, key, now}: {id: number; purpose: KeyPurpose; key: Uint8Array; now: string},
): KeyRow {
  const wrapped = wrapKey(rootKey, id, purpose, key)
  return {id, purpose, root_key_id: rootKeyId(rootKey), wrapped, created_at: now, sealed_count: 0, retired_at: null}
}

/** A stored key does not unwrap. */
export class DamagedKey extends Error {
  override readonly name = 'DamagedKey'
}

/** The key of a row. @throws DamagedKey when it was altered, or is another root key's. */
export function unwrapRow(rootKey: Uint8Array, row: KeyRow): Buffer {
  try {
    return unwrapKey(rootKey, row.id, row.purpose, row.wrapped)
  } catch {
    throw new DamagedKey(`key ${row.id} (${row.purpose}) of this store does not unwrap: it was altered`)
  }
}

/**
 * The symmetric key of a row, for Node's ciphers: newer ones take 12 µs to import the bytes of a key anew for each call.
 * @throws DamagedKey as `unwrapRow`.
 */
export function secretOfRow(rootKey: Uint8Array, row: KeyRow): KeyObject {
  const bytes = unwrapRow(rootKey, row)
  try {
    return createSecretKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** The same keys under another root key; nothing but their wrapping differs. */
export function rewrapped(from: Uint8Array, to: Uint8Array, rows: readonly KeyRow[]): KeyRow[] {
  return rows.map((row) => {
    const key = unwrapRow(from, row)
    const wrapped = wrapKey(to, row.id, row.purpose, key)
    key.fill(0)
    return {...row, root_key_id: rootKeyId(to), wrapped}
  })
}
