import {createHash} from 'node:crypto'

/** The fingerprint of a value: lower-case hex SHA-256 (FIPS 180-4) of its exact bytes. */
export const fingerprint = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
