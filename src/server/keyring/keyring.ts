import type {Buffer} from 'node:buffer'
import {createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign} from 'node:crypto'
import type {Kysely} from 'kysely'
import {lengthPrefixed} from '../../formats/length-prefixed.ts'
import {openValue, type Place, sealValue} from '../../formats/sealed-value.ts'
import type {KeyPurpose, Schema} from '../store/schema.ts'
import {rootKeyId, unwrapKey, wrapKey} from './wrap.ts'

/** What the root key wraps, unwrapped; every call is synchronous. The gate alone hands out `open`. */
export interface Keyring {
  seal: (place: Place, bytes: Uint8Array) => Buffer
  open: (place: Place, sealed: Uint8Array) => Buffer
  /** A keyed hash that tells whether a value is the one stored at the same org, kind, scope and key; nothing else. */
  equality: (place: Omit<Place, 'version'>, bytes: Uint8Array) => Buffer
  /** Opens a value at one place and seals it for another; the bytes in between are overwritten, and go to nobody. */
  reseal: (from: Place, sealed: Uint8Array, to: Place) => {sealed: Buffer; equality: Buffer; length: number}
  /** A keyed hash of a whole request, to tell a repeat from another request with its id. */
  requestDigest: (request: string) => Buffer
  /** What stands in the store for a token, a session or a link. */
  credentialHash: (kind: 'token' | 'session' | 'link' | 'csrf', credential: string) => Buffer
  sign: (bytes: Uint8Array) => string
  /** The public half of the audit signing key: SPKI, base64. */
  auditKey: string
}

const purposes = ['data', 'pepper', 'equality', 'audit'] as const satisfies KeyPurpose[]

/** Makes the keys of a new store, wrapped. Rows to insert; nothing is written here. */
export function newKeys(rootKey: Uint8Array, now: string): Schema['keys'][] {
  return purposes.map((purpose, index) => {
    const key =
      purpose === 'audit'
        ? generateKeyPairSync('ed25519').privateKey.export({format: 'der', type: 'pkcs8'})
        : randomBytes(32)
    const id = index + 1
    return {
      id,
      purpose,
      root_key_id: rootKeyId(rootKey),
      wrapped: wrapKey(rootKey, id, purpose, key),
      created_at: now,
      sealed_count: 0,
      retired_at: null,
    }
  })
}

/** Unwraps the store's keys. @throws naming the root key's id that is needed, when another was given. */
export async function openKeyring(db: Kysely<Schema>, rootKey: Uint8Array): Promise<Keyring> {
  const rows = await db.selectFrom('keys').selectAll().orderBy('id').execute()
  const given = rootKeyId(rootKey)
  const other = rows.find((row) => row.root_key_id !== given)
  if (other !== undefined) {
    throw new Error(
      `this store needs the root key with id ${other.root_key_id}, and the one given has id ${given}; nothing was changed. Give the right one with --root-key-file`,
    )
  }
  const unwrapped = new Map(rows.map((row) => [row.id, {purpose: row.purpose, key: unwrap(rootKey, row)}]))
  const newest = (purpose: KeyPurpose) => {
    const row = rows.findLast((r) => r.purpose === purpose)
    if (row === undefined) throw new Error(`this store has no ${purpose} key`)
    return {id: row.id, key: unwrapped.get(row.id)!.key}
  }
  const data = newest('data')
  const pepper = newest('pepper').key
  const equality = newest('equality').key
  const signing = createPrivateKey({key: newest('audit').key, format: 'der', type: 'pkcs8'})
  const keyed = (key: Uint8Array, parts: readonly (string | Uint8Array)[]) =>
    createHmac('sha256', key).update(lengthPrefixed(parts)).digest()
  const dataKey = (id: number) => {
    const found = unwrapped.get(id)
    if (found?.purpose !== 'data')
      throw new Error(`a sealed value names data key ${id}, which this store does not have`)
    return found.key
  }
  const seal: Keyring['seal'] = (place, bytes) => sealValue(data.key, data.id, randomBytes(12), place, bytes)
  const open: Keyring['open'] = (place, sealed) => openValue(dataKey, place, sealed)
  const equalityOf: Keyring['equality'] = (place, bytes) =>
    keyed(equality, ['value', place.org, place.kind, place.scope, place.key, bytes])
  return {
    seal,
    open,
    equality: equalityOf,
    reseal: (from, sealed, to) => {
      const bytes = open(from, sealed)
      try {
        return {sealed: seal(to, bytes), equality: equalityOf(to, bytes), length: bytes.length}
      } finally {
        bytes.fill(0)
      }
    },
    requestDigest: (request) => keyed(equality, ['request', request]),
    credentialHash: (kind, credential) => keyed(pepper, [kind, credential]),
    sign: (bytes) => sign(null, bytes, signing).toString('base64'),
    auditKey: createPublicKey(signing).export({format: 'der', type: 'spki'}).toString('base64'),
  }
}

function unwrap(rootKey: Uint8Array, row: Schema['keys']): Buffer {
  try {
    return unwrapKey(rootKey, row.id, row.purpose, row.wrapped)
  } catch {
    throw new Error(`key ${row.id} (${row.purpose}) of this store does not unwrap: it was altered`)
  }
}
