import {X509Certificate} from 'node:crypto'
import {fingerprint} from '../../formats/fingerprint.ts'

/** What `login` shows and pins: the SHA-256 of a certificate's DER, in lower-case hex. Of a chain, the first counts. */
export const caFingerprint = (pem: string): string => fingerprint(new X509Certificate(pem).raw)
