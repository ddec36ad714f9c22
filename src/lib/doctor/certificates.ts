import {X509Certificate} from 'node:crypto'
import type {Handshake} from '../../client/probe.ts'
import {untrustedOf} from '../../client/untrusted.ts'
import {fingerprint} from '../../formats/fingerprint.ts'
import {type Found, failed, ok, warn} from './checklist.ts'

const DAY = 24 * 60 * 60 * 1000
/** With fewer days left, a certificate is worth a word: the server renews its own with 30 left. */
const LEAF_DAYS = 14
const AUTHORITY_DAYS = 30

/** Whether the server is the one that is trusted. `from`: whose CA that is, in words. */
export function checkTrust(url: URL, {protocol, distrust, chain}: Handshake, ca: string | null, from: string): Found {
  if (distrust === null) return ok(`${protocol}; the certificate is for ${url.hostname}, and vouched for by ${from}`)
  const error = untrustedOf({code: distrust}, url)
  const what = error?.message ?? `${url.origin} is not trusted (${distrust}).`
  return failed('untrusted', what + otherAuthority(chain, ca), error?.facts.next ?? `postern login ${url.origin}`)
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
  if (days >= LEAF_DAYS) return ok(`${what}, in ${days} days`)
  return warn(`${what}, in ${days} days`, 'Look into the server’s log why it was not renewed, or give it a new one.')
}

/** How long the authority holds that vouches for the server: the one that is trusted, else what the server shows. */
export function checkAuthority({chain}: Handshake, ca: string | null, now: Date): Found {
  const {end, days} = endOf(ca === null ? chain.at(-1)! : new X509Certificate(ca).raw, now)
  const what = `the authority ends ${end}`
  const next = 'Plan a new authority: every client signs in again (postern login URL).'
  if (days < 0) return failed('untrusted', `${what}: it has expired`, next)
  return days >= AUTHORITY_DAYS ? ok(`${what}, in ${days} days`) : warn(`${what}, in ${days} days`, next)
}

function endOf(der: Buffer, now: Date): {end: string; days: number} {
  const end = new Date(new X509Certificate(der).validTo)
  return {end: end.toISOString(), days: Math.floor((end.getTime() - now.getTime()) / DAY)}
}
