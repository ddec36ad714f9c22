import type {webcrypto} from 'node:crypto'
import {isIP} from 'node:net'
import type * as X509 from '@peculiar/x509'

export interface KeyAndCertificate {
  /** PKCS#8 PEM. */
  key: string
  /** PEM. */
  cert: string
}

const DAY = 24 * 60 * 60 * 1000
/** Clocks differ: a certificate holds from a little before it was made. */
const SKEW = 60 * 60 * 1000
export const AUTHORITY_DAYS = 3650
export const LEAF_DAYS = 90

const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'}

/** Makes a private authority: ECDSA P-256, ten years, able to sign leaves and nothing below them. */
export async function makeAuthority(now: Date): Promise<KeyAndCertificate> {
  const x509 = await library()
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Postern CA ${now.toISOString().slice(0, 10)}`,
    ...validity(now, AUTHORITY_DAYS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {key: await keyPem(x509, keys.privateKey), cert: pem(certificate)}
}

/** Makes a server's certificate with these names: ECDSA P-256, 90 days, never longer than its authority. */
export async function makeLeaf(
  authority: KeyAndCertificate,
  names: readonly string[],
  now: Date,
): Promise<KeyAndCertificate> {
  const x509 = await library()
  const issuer = new x509.X509Certificate(authority.cert)
  const {notBefore, notAfter} = validity(now, LEAF_DAYS)
  const end = Math.min(notAfter.getTime(), issuer.notAfter.getTime())
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=Postern server',
    issuer: issuer.subject,
    notBefore,
    notAfter: new Date(end),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await signingKey(x509, authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value})),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return {key: await keyPem(x509, keys.privateKey), cert: pem(certificate)}
}

/** The library costs 0.1 s and is needed a few times a year. It reads decorators' metadata, so that comes first. */
async function library(): Promise<typeof X509> {
  await import('reflect-metadata')
  return await import('@peculiar/x509')
}

const newKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

const validity = (now: Date, days: number) => ({
  notBefore: new Date(now.getTime() - SKEW),
  notAfter: new Date(now.getTime() + days * DAY),
})

const pem = (certificate: X509.X509Certificate) => `${certificate.toString('pem')}\n`

async function keyPem(x509: typeof X509, key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}

const signingKey = (x509: typeof X509, keyText: string) =>
  crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(keyText), algorithm, false, ['sign'])
