import {Buffer} from 'node:buffer'
import {createHash} from 'node:crypto'
import {
  AEAD_AES_256_GCM,
  CipherSuite,
  type CryptoKey,
  DecapError,
  DeserializeError,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
  type KeyPair,
  OpenError,
  ValidationError,
} from 'hpke'
import {isSigned} from './audit-chain.ts'
import {lengthPrefixed} from './length-prefixed.ts'
import type {Place} from './sealed-value.ts'

/** The one suite, as the server names it beside its key. */
export const SEALING_SUITE = 'DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM'

/** The key that a server's clients seal to, as it publishes it; all but `suite` and `keyId` is base64. */
export interface SealingKey {
  keyId: string
  suite: string
  /** 32 bytes. */
  publicKey: string
  /** The audit signing key's, over `sealingKeyBytes`. */
  signature: string
}

/** What a value was sealed into: both base64. */
export interface Sealed {
  /** The encapsulated key, 32 bytes. */
  enc: string
  /** The ciphertext: 16 bytes longer than the value. */
  data: string
}

/** The name that a value is sealed for: it opens for no other. */
export type SealedFor = Omit<Place, 'version'>

/** Both halves, ready to open. */
export type SealingKeyPair = KeyPair<CryptoKey>

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM)
const info = Buffer.from('postern sealed value v1')

const additionalData = ({org, kind, scope, key}: SealedFor): Buffer => lengthPrefixed([org, kind, scope, key])

/** The public name of a sealing key: 16 hex digits of its hash. */
export const sealingKeyId = (publicKey: Uint8Array): string =>
  createHash('sha256').update('postern sealing key id').update(publicKey).digest('hex').slice(0, 16)

/** What the signature of a sealing key is over. */
export const sealingKeyBytes = (publicKey: Uint8Array): Buffer =>
  lengthPrefixed(['postern sealing key', SEALING_SUITE, publicKey])

/** The public key, if it is of the one suite, bears its own id, and the audit signing key (SPKI, base64) vouches for it. */
export function verifiedSealingKey(given: SealingKey, auditKey: string): Buffer | null {
  const publicKey = strictBase64(given.publicKey)
  if (publicKey?.length !== 32 || given.suite !== SEALING_SUITE || given.keyId !== sealingKeyId(publicKey)) return null
  return isSigned(sealingKeyBytes(publicKey), given.signature, auditKey) ? publicKey : null
}

/** The halves of a sealing key, 32 bytes each, ready for `openFromWire`. */
export async function sealingKeyPair(publicKey: Uint8Array, privateKey: Uint8Array): Promise<SealingKeyPair> {
  return {
    publicKey: await suite.DeserializePublicKey(publicKey),
    privateKey: await suite.DeserializePrivateKey(privateKey),
  }
}

/** Seals `bytes` to a public key (HPKE, RFC 9180, base mode) for one name. The format: docs/formats/sealed-wire-value.md. */
export async function sealForWire(publicKey: Uint8Array, name: SealedFor, bytes: Uint8Array): Promise<Sealed> {
  const recipient = await suite.DeserializePublicKey(publicKey)
  const aad = additionalData(name)
  const {encapsulatedSecret, ciphertext} = await suite.Seal(recipient, bytes, {info, aad})
  return {enc: base64(encapsulatedSecret), data: base64(ciphertext)}
}

/** Opens what `sealForWire` made for this very name. Null: it was altered, or is another key's or another name's. */
export async function openFromWire(keys: SealingKeyPair, name: SealedFor, {enc, data}: Sealed): Promise<Buffer | null> {
  const [encapsulated, ciphertext] = [strictBase64(enc), strictBase64(data)]
  if (encapsulated === null || ciphertext === null) return null
  try {
    const opened = await suite.Open(keys, encapsulated, ciphertext, {info, aad: additionalData(name)})
    return Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength)
  } catch (error) {
    if (doesNotOpen.some((kind) => error instanceof kind)) return null
    throw error
  }
}

const doesNotOpen = [OpenError, DecapError, DeserializeError, ValidationError]

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** RFC 4648 with padding, so that one text alone stands for the bytes; null: it is not. */
function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}
