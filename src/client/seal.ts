import type {SealedValue} from '../contract/value.ts'
import {type SealedFor, type SealingKey, sealForWire, verifiedSealingKey} from '../formats/sealed-wire-value.ts'
import {PosternError} from './error.ts'

/** Seals a value for one name, as it goes on the wire. */
export type Seal = (name: SealedFor, bytes: Uint8Array) => Promise<SealedValue>

/**
 * A way to seal to the key that a server published, if the audit signing key that is known from sign-in vouches for it.
 * @throws PosternError `untrusted`: whoever ends TLS in between may have put a key of its own in its place.
 */
export function sealTo(given: SealingKey, auditKey: string): Seal {
  const publicKey = verifiedSealingKey(given, auditKey)
  if (publicKey === null) {
    throw new PosternError(
      'untrusted',
      'The key to seal the value to is not signed by the server that this profile signed in to. Nothing was sent.',
      {
        next: 'Find out what answers in between. If the server’s keys were made anew: postern login URL, past any proxy',
      },
    )
  }
  const {keyId} = given
  return async (name, bytes) => ({encoding: 'hpke', keyId, ...(await sealForWire(publicKey, name, bytes))})
}
