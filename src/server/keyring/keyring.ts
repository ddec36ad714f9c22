import type {Buffer} from 'node:buffer'
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import type {Kysely} from 'kysely'
import {lengthPrefixed} from '../../formats/length-prefixed.ts'
import {openValue, type Place, sealValue, typed} from '../../formats/sealed-value.ts'
import type {KeyPurpose, Schema} from '../store/schema.ts'
import {type AuthorityKeys, authorityWith} from './authority.ts'
import {newRow, secretOfRow, unwrapRow} from './rows.ts'
import {type Sealing, sealingWith} from './sealing.ts'
import {rootKeyId} from './wrap.ts'

/** What the root key wraps, unwrapped; every call but `load` and `openSealed` is synchronous. The gate alone hands out `open`. */
export interface Keyring extends Sealing, AuthorityKeys {
  seal: (place: Place, bytes: Uint8Array) => Buffer
  /** @throws StaleKeys when the value names a data key that was not there at the last `load`; Damaged when it does not open. */
  open: (place: Place, sealed: Uint8Array) => Buffer
  /** Whether a value opens at this place; its bytes are overwritten, and go to nobody. */
  opens: (place: Place, sealed: Uint8Array) => boolean
  /** A keyed hash that tells whether a value is the one stored at the same org, kind, scope and key; nothing else. */
  equality: (place: Omit<Place, 'version'>, bytes: Uint8Array) => Buffer
  /** Opens a value at one place and seals it for another; the bytes in between are overwritten, and go to nobody. */
  reseal: (from: Place, sealed: Uint8Array, to: Place) => {sealed: Buffer; equality: Buffer; length: number}
  /** A keyed hash of a whole request, to tell a repeat from another request with its id. */
  requestDigest: (request: string) => Buffer
  /** What stands in the store for a token, a session or a link. */
  credentialHash: (kind: 'token' | 'session' | 'link' | 'csrf' | 'device', credential: string) => Buffer
  sign: (bytes: Uint8Array) => string
  /** The public half of the audit signing key: SPKI, base64. */
  auditKey: string
  /** The id of the root key that wraps them all. */
  rootKeyId: string
  /** The data key that `seal` uses. */
  dataKeyId: () => number
  /** A new data key as a row to insert; `seal` uses it once it is stored and loaded. */
  newDataKey: (id: number, now: string) => Schema['keys']
  /** Takes the data keys as the store has them now. */
  load: () => Promise<void>
}

/** The data keys in memory are not those of the store: load them, and do it again. */
export class StaleKeys extends Error {
  override readonly name: string = 'StaleKeys'
}

/** A stored value does not open: its bytes were altered, or those of its name. */
export class Damaged extends Error {
  override readonly name = 'Damaged'
  readonly place: Place

  constructor(place: Place) {
    super('a stored value does not open')
    this.place = place
  }
}

/** A stored value names a data key that is not in memory: when the store does not have it either, the value is damaged. */
export class UnknownKey extends StaleKeys {
  override readonly name = 'UnknownKey'
  readonly place: Place

  constructor(place: Place) {
    super('a sealed value names a data key that was not there at the last load')
    this.place = place
  }
}

const random = () => randomBytes(32)
const der = {format: 'der', type: 'pkcs8'} as const
/** All but the authority, which is made asynchronously, and only where it is used: see tls/private-authority.ts. */
const make: Record<Exclude<KeyPurpose, 'authority'>, () => Buffer> = {
  data: random,
  pepper: random,
  equality: random,
  audit: () => generateKeyPairSync('ed25519').privateKey.export(der),
  sealing: () => generateKeyPairSync('x25519').privateKey.export(der),
}
const everything = Object.keys(make) as (keyof typeof make)[]
/** What older stores were made without. Any other key that is missing is damage, which a new one would only hide. */
const later: (keyof typeof make)[] = ['sealing']

/**
 * The keys that a store lacks, wrapped: all, when it is new; those that it was made without, when it is older.
 * Rows to insert; nothing is written here. @throws as `openKeyring`, when it has keys under another root key.
 */
export function newKeys(
  rootKey: Uint8Array,
  now: string,
  rows: readonly Schema['keys'][] = [],
  others: readonly Uint8Array[] = [],
): Schema['keys'][] {
  const root = rootOf(rows, rootKey, others)
  const last = Math.max(0, ...rows.map((row) => row.id))
  const lacking = rows.length === 0 ? everything : later.filter((one) => !rows.some(({purpose}) => purpose === one))
  return lacking.map((purpose, index) => newRow(root, {id: last + 1 + index, purpose, key: make[purpose](), now}))
}

/**
 * Unwraps the store's keys, by one of `others` when they are under it.
 * @throws naming the root key's id that is needed, when another was given.
 */
export async function openKeyring(
  db: Kysely<Schema>,
  rootKey: Uint8Array,
  ...others: readonly Uint8Array[]
): Promise<Keyring> {
  const rows = await db.selectFrom('keys').selectAll().orderBy('id').execute()
  const root = rootOf(rows, rootKey, others)
  const newest = (purpose: KeyPurpose) => {
    const row = rows.findLast((one) => one.purpose === purpose)
    if (row === undefined) throw new Error(`this store has no ${purpose} key`)
    return row
  }
  const pepper = secretOfRow(root, newest('pepper'))
  const equality = secretOfRow(root, newest('equality'))
  const signing = createPrivateKey({key: unwrapRow(root, newest('audit')), format: 'der', type: 'pkcs8'})
  const signed = (bytes: Uint8Array) => sign(null, bytes, signing).toString('base64')
  const keyed = (key: KeyObject, parts: readonly (string | Uint8Array)[]) =>
    createHmac('sha256', key).update(lengthPrefixed(parts)).digest()
  let data = dataKeys(root, rows)
  const seal: Keyring['seal'] = (place, bytes) =>
    sealValue(data.current.key, data.current.id, randomBytes(12), place, bytes)
  const open: Keyring['open'] = (place, sealed) => {
    const dataKey = (id: number) => {
      const key = data.all.get(id)
      if (key === undefined) throw new UnknownKey(place)
      return key
    }
    try {
      return openValue(dataKey, place, sealed)
    } catch (error) {
      throw error instanceof UnknownKey ? error : new Damaged(place)
    }
  }
  const equalityOf: Keyring['equality'] = (place, bytes) =>
    keyed(equality, ['value', place.org, place.kind, place.scope, place.key, bytes, ...typed(place)])
  return {
    seal,
    open,
    opens: (place, sealed) => {
      try {
        open(place, sealed).fill(0)
        return true
      } catch {
        return false
      }
    },
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
    sign: signed,
    ...(await sealingWith(unwrapRow(root, newest('sealing')), signed)),
    ...authorityWith(root),
    auditKey: createPublicKey(signing).export({format: 'der', type: 'spki'}).toString('base64'),
    rootKeyId: rootKeyId(root),
    dataKeyId: () => data.current.id,
    newDataKey: (id, now) => newRow(root, {id, purpose: 'data', key: random(), now}),
    load: async () => {
      data = dataKeys(
        root,
        await db.selectFrom('keys').selectAll().where('purpose', '=', 'data').orderBy('id').execute(),
      )
    },
  }
}

/** The root key that the rows are under. */
function rootOf(rows: readonly Schema['keys'][], rootKey: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const root = others.find((key) => rootKeyId(key) === rows[0]?.root_key_id) ?? rootKey
  const given = rootKeyId(root)
  const other = rows.find((row) => row.root_key_id !== given)
  if (other === undefined) return root
  throw new Error(
    `this store needs the root key with id ${other.root_key_id}, and the one given has id ${given}; nothing was changed. Give the right one with --root-key-file`,
  )
}

/** The data keys by id, and the one that seals: the newest that is not retired. */
function dataKeys(root: Uint8Array, rows: readonly Schema['keys'][]) {
  const all = new Map(rows.filter((row) => row.purpose === 'data').map((row) => [row.id, secretOfRow(root, row)]))
  const id = rows.findLast((row) => row.purpose === 'data' && row.retired_at === null)?.id
  if (id === undefined) throw new Error('this store has no data key')
  return {all, current: {id, key: all.get(id)!}}
}
