import {createPrivateKey, X509Certificate} from 'node:crypto'
import {mkdir, rm} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import type {Authority} from '../authority.ts'
import {DamagedKey} from '../keyring/rows.ts'
import {readIfThere, syncFolder, writePrivateFile} from '../private-file.ts'
import {StartError} from '../start-error.ts'
import {caFingerprint} from './ca-fingerprint.ts'
import {type KeyAndCertificate, LEAF_DAYS, makeAuthority, makeLeaf} from './certificates.ts'
import type {Identity, IdentitySource} from './identity.ts'
import {carriesExactly} from './names.ts'

const DAY = 24 * 60 * 60 * 1000
const HOUR = 60 * 60 * 1000
const RENEW_WITH_DAYS_LEFT = 30

/**
 * The store's authority, and the leaf that it signed for this server, in `folder`: `ca.crt`, which clients on this machine
 * may read, `leaf.key`, `leaf.crt`. Makes what is missing; the leaf anew when the names or the authority changed, or less
 * than 30 days are left. What an older version kept in `ca.key` is taken over into the store.
 * @throws StartError when the authority is damaged or has expired, since clients pin it and it is never replaced silently.
 */
export async function privateAuthority(
  folder: string,
  store: Pick<Authority, 'load' | 'keep'>,
  names: readonly string[],
  now: Date,
): Promise<IdentitySource> {
  const look = async (at: Date) => identity(folder, await settledAuthority(folder, store, at), names, at)
  const source: IdentitySource = {
    current: await look(now),
    every: HOUR,
    refresh: async (at) => {
      const next = await look(at)
      if (next.cert === source.current.cert) return null
      source.current = next
      return next
    },
  }
  return source
}

async function identity(
  folder: string,
  authority: KeyAndCertificate,
  names: readonly string[],
  now: Date,
): Promise<Identity> {
  const kept = await readPair(folder, 'leaf')
  const leaf = kept !== null && stillGood(kept, authority, names, now) ? kept : await makeLeaf(authority, names, now)
  if (leaf !== kept) await writePair(folder, 'leaf', leaf)
  return {key: leaf.key, cert: leaf.cert + authority.cert, caFingerprint: caFingerprint(authority.cert)}
}

/** The store's authority; `folder` agrees with it when this resolves. */
async function settledAuthority(
  folder: string,
  store: Pick<Authority, 'load' | 'keep'>,
  now: Date,
): Promise<KeyAndCertificate> {
  let authority = await load(folder, store)
  const older = await olderAuthority(folder, authority !== null)
  if (authority === null) {
    const first = older ?? (await makeAuthority(now))
    checkSound(folder, first, now)
    await store.keep(first)
    authority = (await load(folder, store))!
  }
  checkSound(folder, authority, now)
  if (older !== null && !belong({key: older.key, cert: authority.cert}))
    throw new StartError(`${join(folder, 'ca.key')} is of another authority than the one in the store.`, {
      next: `move ca.key and ca.crt out of ${folder}: clients that pin that one must then sign in again; or put back the store that it belongs to`,
    })
  await showAuthority(folder, authority.cert)
  return authority
}

/** Leaves the authority's certificate in `folder`, and no key of one: that is in the store. */
export async function showAuthority(folder: string, cert: string): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700})
  if ((await readIfThere(join(folder, 'ca.crt'))) !== cert) await writePrivateFile(join(folder, 'ca.crt'), cert)
  if ((await readIfThere(join(folder, 'ca.key'))) === null) return
  await rm(join(folder, 'ca.key'))
  await syncFolder(folder)
}

const anewWith = (folder: string) =>
  `for a new authority, which every client must then sign in to again: postern server rotate-key --authority --folder ${dirname(folder)}`

async function load(folder: string, store: Pick<Authority, 'load'>): Promise<KeyAndCertificate | null> {
  return store.load().catch((error: unknown) => {
    if (!(error instanceof DamagedKey)) throw error
    throw new StartError(`The authority cannot be used: ${error.message}.`, {
      next: `restore the store from your backup; or, ${anewWith(folder)}`,
    })
  })
}

/** What an older version kept in the folder. A key without its certificate was never in use: it was written first. */
async function olderAuthority(folder: string, isStored: boolean): Promise<KeyAndCertificate | null> {
  const older = await readPair(folder, 'ca')
  if (older !== null || isStored || (await readIfThere(join(folder, 'ca.crt'))) === null) return older
  throw new StartError(`The store has no authority, and ${join(folder, 'ca.crt')} is there without ca.key.`, {
    next: `restore the store or ca.key from your backup; or, ${anewWith(folder)}`,
  })
}

function checkSound(folder: string, authority: KeyAndCertificate, now: Date): void {
  if (!belong(authority))
    throw new StartError(`The authority cannot be used: its key and its certificate do not belong together.`, {
      next: `restore the store (of an older version: ${folder}) from your backup; or, ${anewWith(folder)}`,
    })
  const until = new Date(new X509Certificate(authority.cert).validTo)
  if (until <= now) throw new StartError(`The authority expired on ${until.toISOString()}.`, {next: anewWith(folder)})
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
