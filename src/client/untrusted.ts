import {PosternError} from './error.ts'

/** Node's codes for a certificate that does not convince, and what each means here. */
const meanings: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; is a clock wrong?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not trusted here',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the authority that is trusted here',
  CERT_UNTRUSTED: 'its certificate comes from an authority that is not trusted here',
  INVALID_CA: 'its certificate was signed by one that is no authority',
  INVALID_PURPOSE: 'its certificate is not one for servers',
  PATH_LENGTH_EXCEEDED: 'its certificate was signed by one that may not sign it',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_REJECTED: 'its certificate was rejected',
}

/** The error for a server that is not the one that is trusted; null: this is another kind of error. */
export function untrustedOf(error: {code?: string | undefined}, url: URL): PosternError | null {
  const meaning = meanings[error.code ?? '']
  if (meaning === undefined) return null
  const next =
    error.code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? `postern server start --public-url ${url.origin}   (on the server)`
      : error.code === 'CERT_HAS_EXPIRED'
        ? 'restart the server, which renews it'
        : `postern login ${url.origin}   (after you have compared the fingerprint with the server's)`
  return new PosternError('untrusted', `${url.origin} is not trusted: ${meaning}. Nothing was sent.`, {next})
}
