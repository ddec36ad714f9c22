import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {caFingerprint} from '../../../src/server/tls/ca-fingerprint.ts'
import {type KeyAndCertificate, makeAuthority, makeLeaf} from '../../../src/server/tls/certificates.ts'
import {givenCertificate} from '../../../src/server/tls/given-certificate.ts'

const now = new Date()
const later = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000)

let folder: string
let cert: string
let key: string
let authority: KeyAndCertificate
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-given-'))
  cert = join(folder, 'tls.crt')
  key = join(folder, 'tls.key')
  authority = await makeAuthority(now)
})
afterEach(() => rm(folder, {recursive: true, force: true}))

async function give(from: Date, chain: 'leaf' | 'with its authority' = 'leaf'): Promise<KeyAndCertificate> {
  const made = await makeLeaf(authority, ['a.example'], from)
  await writeFile(cert, chain === 'leaf' ? made.cert : made.cert + authority.cert)
  await writeFile(key, made.key)
  return made
}

describe('a given certificate', () => {
  test.each([
    ['leaf', null],
    ['with its authority', 'pinned'],
  ] as const)('%s: the fingerprint is %s', async (chain, pinned) => {
    const made = await give(now, chain)
    const {current} = await givenCertificate(cert, key, now)
    expect(current.key).toBe(made.key)
    expect(current.cert).toBe(await readFile(cert, 'utf8'))
    expect(current.caFingerprint).toBe(pinned === null ? null : caFingerprint(authority.cert))
  })

  test('is reloaded when its files change, and not before', async () => {
    await give(now)
    const source = await givenCertificate(cert, key, now)
    expect(await source.refresh(now)).toBeNull()
    const renewed = await give(later(60))
    expect((await source.refresh(later(60)))?.cert).toBe(renewed.cert)
    expect(source.current.cert).toBe(renewed.cert)
  })

  test('says that it has expired, and stays in use until there is another', async () => {
    const made = await give(now)
    const source = await givenCertificate(cert, key, now)
    await expect(source.refresh(later(91))).rejects.toThrow(/tls\.crt expired on/)
    expect(source.current.cert).toBe(made.cert)
    const renewed = await give(later(60))
    expect((await source.refresh(later(91)))?.cert).toBe(renewed.cert)
  })

  test('stays while its files are half written', async () => {
    const made = await give(now)
    const source = await givenCertificate(cert, key, now)
    await writeFile(cert, (await makeLeaf(authority, ['a.example'], now)).cert)
    await expect(source.refresh(now)).rejects.toThrow(/not the private key/)
    expect(source.current.cert).toBe(made.cert)
  })

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['there is none', () => rm(cert, {force: true}), /tls.crt cannot be read \(ENOENT\)/],
    ['there is no key', () => give(now).then(() => rm(key)), /tls.key cannot be read/],
    ['it is no certificate', () => give(now).then(() => writeFile(cert, 'hunter2')), /holds no PEM certificate/],
    ['the key is another’s', () => give(now).then(() => writeFile(key, authority.key)), /is not the private key/],
    ['the key is no key', () => give(now).then(() => writeFile(key, 'hunter2')), /is not the private key/],
    ['it expired', () => give(later(-91)), /expired on/],
  ])('is refused when %s', async (_, given, message) => {
    await given()
    const asked = givenCertificate(cert, key, now)
    await expect(asked).rejects.toThrow(message)
    await expect(asked).rejects.not.toThrow(/hunter2/)
  })
})
