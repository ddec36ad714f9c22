import {Buffer} from 'node:buffer'
import {createPrivateKey} from 'node:crypto'
import type {SealedValue} from '../../contract/value.ts'
import {
  openFromWire,
  SEALING_SUITE,
  type SealedFor,
  type SealingKey,
  sealingKeyBytes,
  sealingKeyId,
  sealingKeyPair,
} from '../../formats/sealed-wire-value.ts'

/** What the sealing key is for. */
export interface Sealing {
  /** What clients seal to. */
  sealingKey: SealingKey
  /**
   * Opens what a client sealed for this very name. Null: it was altered, or is another key's or another name's. The one
   * call of the keyring that is not synchronous, hence never made inside the gate.
   */
  openSealed: (name: SealedFor, sealed: SealedValue) => Promise<Buffer | null>
}

/** Takes the private key (X25519, PKCS #8, DER) into use. `sign`: with the audit signing key. */
export async function sealingWith(privateKey: Buffer, sign: (bytes: Uint8Array) => string): Promise<Sealing> {
  const {x, d} = createPrivateKey({key: privateKey, format: 'der', type: 'pkcs8'}).export({format: 'jwk'})
  const publicKey = Buffer.from(x!, 'base64url')
  const keys = await sealingKeyPair(publicKey, Buffer.from(d!, 'base64url'))
  const keyId = sealingKeyId(publicKey)
  return {
    sealingKey: {
      keyId,
      suite: SEALING_SUITE,
      publicKey: publicKey.toString('base64'),
      signature: sign(sealingKeyBytes(publicKey)),
    },
    openSealed: async (name, sealed) => (sealed.keyId === keyId ? openFromWire(keys, name, sealed) : null),
  }
}
