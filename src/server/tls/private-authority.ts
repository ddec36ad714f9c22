import {createPrivateKey, X509Certificate} from 'node:crypto'
import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {readIfThere, writePrivateFile} from '../private-file.ts'
import {StartError} from '../start-error.ts'
import {caFingerprint} from './ca-fingerprint.ts'
import {type KeyAndCertificate, LEAF_DAYS, makeAuthority, makeLeaf} from './certificates.ts'
import type {Identity, IdentitySource} from './identity.ts'
import {carriesExactly} from './names.ts'

const DAY = 24 * 60 * 60 * 1000
const HOUR = 60 * 60 * 1000
const RENEW_WITH_DAYS_LEFT = 30

/**
 * The server's own authority and the leaf it signed, in `folder`: `ca.key`, `ca.crt`, `leaf.key`, `leaf.crt`. Makes
 * what is missing; the leaf anew when the names or the authority changed, or less than 30 days are left.
 * @throws StartError when the authority is half there or has expired, since clients pin it and it is never replaced silently.
 */
export async function privateAuthority(folder: string, names: readonly string[], now: Date): Promise<IdentitySource> {
  await mkdir(folder, {recursive: true, mode: 0o700})
  const source: IdentitySource = {
    current: await identity(folder, names, now),
    every: HOUR,
    refresh: async (at) => {
      const next = await identity(folder, names, at)
      if (next.cert === source.current.cert) return null
      source.current = next
      return next
    },
  }
  return source
}

async function identity(folder: string, names: readonly string[], now: Date): Promise<Identity> {
  const authority = await openAuthority(folder, now)
  const kept = await readPair(folder, 'leaf')
  const leaf = kept !== null && stillGood(kept, authority, names, now) ? kept : await makeLeaf(authority, names, now)
  if (leaf !== kept) await writePair(folder, 'leaf', leaf)
  return {key: leaf.key, cert: leaf.cert + authority.cert, caFingerprint: caFingerprint(authority.cert)}
}

async function openAuthority(folder: string, now: Date): Promise<KeyAndCertificate> {
  const cert = await readIfThere(join(folder, 'ca.crt'))
  if (cert === null) {
    const made = await makeAuthority(now)
    await writePair(folder, 'ca', made)
    return made
  }
  const key = await readIfThere(join(folder, 'ca.key'))
  const anew = `restore ${folder} from your backup; or remove it for a new authority, which every client must then sign in to again`
  if (key === null) throw new StartError(`${join(folder, 'ca.key')} is missing beside ca.crt.`, {next: anew})
  const authority = {key, cert}
  if (!belong(authority)) throw new StartError(`ca.key and ca.crt in ${folder} do not belong together.`, {next: anew})
  const until = new Date(new X509Certificate(cert).validTo)
  if (until <= now) throw new StartError(`The authority in ${folder} expired on ${until.toISOString()}.`, {next: anew})
  return authority
}

function stillGood(
  leaf: KeyAndCertificate,
  authority: KeyAndCertificate,
  names: readonly string[],
  now: Date,
): boolean {
  if (!belong(leaf)) return false
  const certificate = new X509Certificate(leaf.cert)
  const issuer = new X509Certificate(authority.cert)
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false
  const end = Date.parse(certificate.validTo)
  const longest = Math.min(now.getTime() + LEAF_DAYS * DAY, Date.parse(issuer.validTo))
  const renewable = end < now.getTime() + RENEW_WITH_DAYS_LEFT * DAY && end < longest
  return Date.parse(certificate.validFrom) <= now.getTime() && !renewable && carriesExactly(certificate, names)
}

/** Whether both can be read and are of one key. */
function belong(pair: KeyAndCertificate): boolean {
  try {
    return new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))
  } catch {
    return false
  }
}

async function readPair(folder: string, name: string): Promise<KeyAndCertificate | null> {
  const key = await readIfThere(join(folder, `${name}.key`))
  const cert = await readIfThere(join(folder, `${name}.crt`))
  return key === null || cert === null ? null : {key, cert}
}

/** The key first: a certificate on the disk means that its key is there too. */
async function writePair(folder: string, name: string, pair: KeyAndCertificate): Promise<void> {
  await writePrivateFile(join(folder, `${name}.key`), pair.key)
  await writePrivateFile(join(folder, `${name}.crt`), pair.cert)
}
