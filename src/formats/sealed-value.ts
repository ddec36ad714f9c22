import {Buffer} from 'node:buffer'
import {type CipherKey, createCipheriv, createDecipheriv} from 'node:crypto'
import {lengthPrefixed} from './length-prefixed.ts'

/** Where a value belongs. It is part of what the seal authenticates, so a sealed value opens nowhere else. */
export interface Place {
  org: string
  kind: 'secret' | 'variable'
  scope: string
  key: string
  version: number
  /** What the bytes are; `string`, which older values are, is not said. */
  type?: string
}

const FORMAT = 1
const NONCE = 12
const TAG = 16
const HEADER = 1 + 4 + NONCE

const additionalData = (place: Place): Buffer =>
  lengthPrefixed([
    'postern sealed value',
    ...[place.org, place.kind, place.scope, place.key, String(place.version)],
    ...typed(place),
  ])

/** Another type makes another value of the same bytes: nobody turns a text into a reference by a write to the database. */
export const typed = ({type = 'string'}: Pick<Place, 'type'>): string[] => (type === 'string' ? [] : [type])

/**
 * Seals `bytes` with AES-256-GCM (NIST SP 800-38D): format byte, data key id, nonce, ciphertext, tag.
 * `nonce` is 12 random bytes, never used twice with one key. The format: docs/formats/sealed-value.md.
 */
export function sealValue(key: CipherKey, keyId: number, nonce: Uint8Array, place: Place, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeUInt8(FORMAT, 0)
  header.writeUInt32BE(keyId, 1)
  header.set(nonce, 5)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(additionalData(place))
  return Buffer.concat([header, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `sealValue` made for this very place. `keyOf` finds the data key. Throws, without the bytes, on anything else. */
export function openValue(keyOf: (keyId: number) => CipherKey, place: Place, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  if (bytes.length < HEADER + TAG || bytes[0] !== FORMAT) throw new Error('not a sealed value of a known format')
  const decipher = createDecipheriv('aes-256-gcm', keyOf(bytes.readUInt32BE(1)), bytes.subarray(5, HEADER), {
    authTagLength: TAG,
  })
  decipher.setAAD(additionalData(place))
  decipher.setAuthTag(bytes.subarray(-TAG))
  // GCM has no last block: all is here, in this one copy, before it is known to be right.
  const opened = decipher.update(bytes.subarray(HEADER, -TAG))
  try {
    decipher.final()
    return opened
  } catch {
    opened.fill(0)
    throw new Error('a sealed value does not open: it was altered, or belongs elsewhere')
  }
}
