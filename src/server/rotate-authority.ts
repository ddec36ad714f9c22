import {mustHaveStore, open, type Places} from './open.ts'
import {caFingerprint} from './tls/ca-fingerprint.ts'
import {makeAuthority} from './tls/certificates.ts'
import {showAuthority} from './tls/private-authority.ts'

export interface AuthorityRotated {
  /** The SHA-256 fingerprint of the new authority. */
  to: string
  /** Its certificate, for clients. */
  caFile: string
}

/**
 * Gives the store of a stopped server a new private authority, also where the present one is damaged or has expired. Every
 * client must sign in again; an enrolment that still lies in the folder names the new one from the next start on.
 * @throws StartError when a server runs on the folder, there is no store, or the root key is not the right one.
 */
export async function rotateAuthority(places: Places, version: string): Promise<AuthorityRotated> {
  await mustHaveStore(places, '--folder')
  const {file, services, close} = await open(places, {version, dashboardUrl: () => ''})
  try {
    const authority = await makeAuthority(new Date())
    await services.authority.replace(authority)
    await showAuthority(file('tls'), authority.cert)
    const to = caFingerprint(authority.cert)
    return {to, caFile: file('tls', 'ca.crt')}
  } finally {
    await close()
  }
}
