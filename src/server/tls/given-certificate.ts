import {createPrivateKey, X509Certificate} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {StartError, systemCode} from '../start-error.ts'
import {caFingerprint} from './ca-fingerprint.ts'
import type {Identity, IdentitySource} from './identity.ts'

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * A certificate (with its chain) and key that somebody else renews, from two PEM files. They are read again every ten
 * seconds.
 * @throws StartError when they cannot be read, do not belong together, or have expired; a refresh that meets such
 * files, or finds that those in use have expired, throws too, and the last good ones stay in use.
 */
export async function givenCertificate(certFile: string, keyFile: string, now: Date): Promise<IdentitySource> {
  const source: IdentitySource = {
    current: await load(certFile, keyFile, now),
    every: 10_000,
    refresh: async (at) => {
      const [cert, key] = [await read(certFile), await read(keyFile)]
      if (cert === source.current.cert && key === source.current.key) {
        mustHold(parse(cert, certFile)[0]!, certFile, at)
        return null
      }
      source.current = await load(certFile, keyFile, at)
      return source.current
    },
  }
  return source
}

async function load(certFile: string, keyFile: string, now: Date): Promise<Identity> {
  const [cert, key] = [await read(certFile), await read(keyFile)]
  const chain = parse(cert, certFile)
  const own = chain[0]!
  if (!isKeyOf(key, own)) {
    throw new StartError(`${keyFile} is not the private key of the certificate in ${certFile}.`, {
      next: 'give a certificate (first in its file) and its own unencrypted PEM key with --tls-cert and --tls-key',
    })
  }
  mustHold(own, certFile, now)
  const last = chain.at(-1)!
  return {key, cert, caFingerprint: last.checkIssued(last) ? caFingerprint(last.toString()) : null}
}

function mustHold({validTo}: X509Certificate, path: string, now: Date): void {
  const until = new Date(validTo)
  if (until > now) return
  throw new StartError(`The certificate in ${path} expired on ${until.toISOString()}.`, {
    next: 'renew it, or start without --tls-cert and --tls-key to use the private authority',
  })
}

async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StartError(`${path} cannot be read (${systemCode(error)}).`, {next: 'check --tls-cert and --tls-key'})
  })
}

function parse(text: string, path: string): X509Certificate[] {
  try {
    const chain = (text.match(certificates) ?? []).map((pem) => new X509Certificate(pem))
    if (chain.length > 0) return chain
  } catch {
    // Falls through: what cannot be parsed is as good as none.
  }
  throw new StartError(`${path} holds no PEM certificate.`, {next: 'check --tls-cert'})
}

function isKeyOf(key: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
