import {X509Certificate} from 'node:crypto'
import type {Handshake} from '../../client/probe.ts'
import {untrustedOf} from '../../client/untrusted.ts'
import {fingerprint} from '../../formats/fingerprint.ts'
import {type Found, failed, ok, warn} from './checklist.ts'
import {inDays} from './span.ts'

const DAY = 24 * 60 * 60 * 1000
/** With fewer days left, a certificate is worth a word: the server renews its own with 30 left. */
const LEAF_DAYS = 14
const AUTHORITY_DAYS = 30

interface Shown {
  url: URL
  seen: Handshake
  ca: string | null
  /** Where the URL and the CA come from, in words. */
  from: {url: string; ca: string}
  now: Date
}

/** Whether the server is the one that is trusted. */
export function checkTrust({url, seen: {protocol, distrust, chain}, ca, from, now}: Shown): Found {
  if (distrust === null)
    return ok(`${protocol}; the certificate is for ${url.hostname}, and vouched for by the CA of ${from.ca}`)
  const error = untrustedOf({code: distrust}, url)
  const what = error?.message ?? `${url.origin} is not trusted (${distrust}).`
  const next = error?.facts.next ?? `postern login ${url.origin}`
  return failed('untrusted', what + otherAuthority(chain, ca), nextOf(distrust, next, from, now))
}

function nextOf(distrust: string, next: string, from: Shown['from'], now: Date): string {
  if (distrust === 'CERT_HAS_EXPIRED' || distrust === 'CERT_NOT_YET_VALID')
    return `Look at this machine’s clock first, which says ${now.toISOString()}. If it is right: ${next}`
  if (from.url === 'POSTERN_URL' && next.startsWith('postern login '))
    return 'POSTERN_CA_FILE=PATH   (with the CA of that server: tls/ca.crt in its data folder)'
  return next
}

/** Both fingerprints, where the server shows another authority than the one that is trusted. */
function otherAuthority(chain: readonly Buffer[], ca: string | null): string {
  if (ca === null || chain.length < 2) return ''
  const [trusted, shown] = [fingerprint(new X509Certificate(ca).raw), fingerprint(chain.at(-1)!)]
  return trusted === shown ? '' : ` It shows the CA ${shown}; trusted here is ${trusted}.`
}

/** How long the server's certificate holds. */
export function checkLeaf({chain}: Handshake, now: Date): Found {
  const {end, days} = endOf(chain[0]!, now)
  const what = `the server's certificate ends ${end}`
  if (days < 0)
    return failed('untrusted', `${what}: it has expired`, 'Restart the server, which renews it; or give it a new one.')
  if (days >= LEAF_DAYS) return ok(`${what}, ${inDays(days)}`)
  return warn(`${what}, ${inDays(days)}`, 'Look into the server’s log why it was not renewed, or give it a new one.')
}

/** How long the authority holds that vouches for the server: the one that is trusted, else what the server shows. */
export function checkAuthority({chain}: Handshake, ca: string | null, now: Date): Found {
  const {end, days} = endOf(ca === null ? chain.at(-1)! : new X509Certificate(ca).raw, now)
  const what = `the authority ends ${end}`
  const next =
    'Plan a new authority (on the server: postern server rotate-key --authority); every client then signs in again (postern login URL).'
  if (days < 0) return failed('untrusted', `${what}: it has expired`, next)
  return days >= AUTHORITY_DAYS ? ok(`${what}, ${inDays(days)}`) : warn(`${what}, ${inDays(days)}`, next)
}

function endOf(der: Buffer, now: Date): {end: string; days: number} {
  const end = new Date(new X509Certificate(der).validTo)
  return {end: end.toISOString(), days: Math.floor((end.getTime() - now.getTime()) / DAY)}
}
