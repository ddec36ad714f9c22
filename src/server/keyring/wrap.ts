import {Buffer} from 'node:buffer'
import {createCipheriv, createDecipheriv, randomBytes} from 'node:crypto'
import {lengthPrefixed} from '../../formats/length-prefixed.ts'
import type {KeyPurpose} from '../store/schema.ts'

export {rootKeyId} from '../../formats/root-key-id.ts'

const additionalData = (id: number, purpose: KeyPurpose) => lengthPrefixed(['postern wrapped key', String(id), purpose])

/** Wraps a key under the root key, AES-256-GCM: nonce, ciphertext, tag. It unwraps for this id and purpose alone. */
export function wrapKey(rootKey: Uint8Array, id: number, purpose: KeyPurpose, key: Uint8Array): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', rootKey, nonce)
  cipher.setAAD(additionalData(id, purpose))
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()])
}

/** The key that `wrapKey` wrapped. Throws when it was altered or wrapped for something else. */
export function unwrapKey(rootKey: Uint8Array, id: number, purpose: KeyPurpose, wrapped: Uint8Array): Buffer {
  const bytes = Buffer.from(wrapped)
  const decipher = createDecipheriv('aes-256-gcm', rootKey, bytes.subarray(0, 12), {authTagLength: 16})
  decipher.setAAD(additionalData(id, purpose))
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
}
