import {generateKeyPairSync, type KeyObject, sign} from 'node:crypto'
import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {AEAD_AES_128_GCM, AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256} from 'hpke'
import {beforeAll, describe, expect, test} from 'vitest'
import {lengthPrefixed} from '../../src/formats/length-prefixed.ts'
import {
  openFromWire,
  SEALING_SUITE,
  type Sealed,
  type SealedFor,
  type SealingKey,
  type SealingKeyPair,
  sealForWire,
  sealingKeyBytes,
  sealingKeyId,
  sealingKeyPair,
  verifiedSealingKey,
} from '../../src/formats/sealed-wire-value.ts'

interface Vectors {
  sealingKey: SealingKey
  auditKey: string
  privateKeyHex: string
  vectors: ({name: SealedFor; aadHex: string; valueHex: string} & Sealed)[]
}
const file = new URL('../vectors/sealed-wire-value.json', import.meta.url)
const {sealingKey, auditKey, privateKeyHex, vectors} = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const publicKey = Buffer.from(sealingKey.publicKey, 'base64')

let keys: SealingKeyPair
beforeAll(async () => {
  keys = await sealingKeyPair(publicKey, Buffer.from(privateKeyHex, 'hex'))
})

const name: SealedFor = {org: 'default', kind: 'secret', scope: 'a/b', key: 'C'}
const value = Buffer.from('hunter2')

describe('a value sealed for the wire', () => {
  test.each(vectors)('of the vector for $name.scope $name.key, by another implementation, opens', async (v) => {
    expect(lengthPrefixed([v.name.org, v.name.kind, v.name.scope, v.name.key]).toString('hex')).toBe(v.aadHex)
    expect((await openFromWire(keys, v.name, v))?.toString('hex')).toBe(v.valueHex)
  })

  test('gives back any bytes, sealed otherwise each time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({maxLength: 500}), async (bytes) => {
        const [once, twice] = [await sealForWire(publicKey, name, bytes), await sealForWire(publicKey, name, bytes)]
        expect(await openFromWire(keys, name, once)).toEqual(Buffer.from(bytes))
        expect([once.enc, once.data]).not.toEqual([twice.enc, twice.data])
      }),
      {numRuns: 50},
    )
  })

  test.each([
    ['nothing', 0],
    ['the largest value', 1024 * 1024],
  ])('gives back %s', async (_, length) => {
    const bytes = Buffer.alloc(length, 0xe7)
    expect((await openFromWire(keys, name, await sealForWire(publicKey, name, bytes)))?.equals(bytes)).toBe(true)
  })

  test.each<[string, Partial<SealedFor>]>([
    ['organization', {org: 'acme'}],
    ['kind', {kind: 'variable'}],
    ['scope', {scope: 'a'}],
    ['key', {key: 'c'}],
    ['scope and key that join alike', {scope: 'a', key: 'b/C'}],
  ])('opens for no other %s', async (_, other) => {
    expect(await openFromWire(keys, {...name, ...other}, await sealForWire(publicKey, name, value))).toBeNull()
  })

  test('opens with no other key', async () => {
    const {x, d} = generateKeyPairSync('x25519').privateKey.export({format: 'jwk'})
    const other = await sealingKeyPair(Buffer.from(x!, 'base64url'), Buffer.from(d!, 'base64url'))
    expect(await openFromWire(other, name, await sealForWire(publicKey, name, value))).toBeNull()
  })

  const bytes = (change: (bytes: Buffer) => Buffer) => (text: string) =>
    change(Buffer.from(text, 'base64')).toString('base64')
  const flipped = (at: number) =>
    bytes((whole) => {
      whole[at]! ^= 1
      return whole
    })
  test.each<[string, (sealed: Sealed) => Sealed]>([
    ['a changed ciphertext', (s) => ({...s, data: flipped(0)(s.data)})],
    ['a changed tag', (s) => ({...s, data: flipped(value.length + 15)(s.data)})],
    ['a changed encapsulated key', (s) => ({...s, enc: flipped(5)(s.enc)})],
    ['a cut ciphertext', (s) => ({...s, data: bytes((whole) => whole.subarray(0, -1))(s.data)})],
    ['less than a tag', (s) => ({...s, data: bytes((whole) => whole.subarray(0, 15))(s.data)})],
    ['no ciphertext', (s) => ({...s, data: ''})],
    ['a cut encapsulated key', (s) => ({...s, enc: bytes((whole) => whole.subarray(1))(s.enc)})],
    ['an encapsulated key of low order', (s) => ({...s, enc: Buffer.alloc(32).toString('base64')})],
    ['base64 without padding', (s) => ({...s, enc: s.enc.replace(/=+$/, '')})],
    ['what is not base64', (s) => ({...s, data: '%%%%'})],
  ])('with %s does not open', async (_, change) => {
    const sealed = await sealForWire(publicKey, name, value)
    expect(await openFromWire(keys, name, sealed)).toEqual(value)
    expect(await openFromWire(keys, name, change(sealed))).toBeNull()
  })

  test.each([
    ['another suite', new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM), 'v1'],
    ['another version', new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM), 'v2'],
  ])('of %s does not open', async (_, suite, version) => {
    const sealed = await suite.Seal(keys.publicKey, value, {
      info: Buffer.from(`postern sealed value ${version}`),
      aad: lengthPrefixed([name.org, name.kind, name.scope, name.key]),
    })
    const [enc, data] = [sealed.encapsulatedSecret, sealed.ciphertext].map((b) => Buffer.from(b).toString('base64'))
    expect(await openFromWire(keys, name, {enc: enc!, data: data!})).toBeNull()
  })
})

describe('a published sealing key', () => {
  test('of the vectors verifies, by the audit key alone', () => {
    expect(verifiedSealingKey(sealingKey, auditKey)).toEqual(publicKey)
    const other = generateKeyPairSync('ed25519').publicKey.export({format: 'der', type: 'spki'}).toString('base64')
    expect(verifiedSealingKey(sealingKey, other)).toBeNull()
    expect(verifiedSealingKey(sealingKey, 'none')).toBeNull()
  })

  const signer = generateKeyPairSync('ed25519')
  const signerKey = signer.publicKey.export({format: 'der', type: 'spki'}).toString('base64')
  const signed = (key: Buffer, by: KeyObject = signer.privateKey): SealingKey => ({
    keyId: sealingKeyId(key),
    suite: SEALING_SUITE,
    publicKey: key.toString('base64'),
    signature: sign(null, sealingKeyBytes(key), by).toString('base64'),
  })
  const good = signed(publicKey)
  test.each<[string, SealingKey]>([
    ['another key under the same signature', {...good, publicKey: Buffer.alloc(32, 9).toString('base64')}],
    ['another id', {...good, keyId: '0'.repeat(16)}],
    ['another suite', {...good, suite: 'DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM'}],
    ['a key of another length, though signed', signed(Buffer.alloc(31, 9))],
    ['a key signed by another', signed(publicKey, generateKeyPairSync('ed25519').privateKey)],
    ['no signature', {...good, signature: ''}],
  ])('is refused with %s', (_, key) => {
    expect(verifiedSealingKey(good, signerKey)).toEqual(publicKey)
    expect(verifiedSealingKey(key, signerKey)).toBeNull()
  })
})
