import {createHash} from 'node:crypto'

/** The public name of a root key: 16 hex digits of its hash. It tells keys apart and gives nothing away. */
export const rootKeyId = (rootKey: Uint8Array): string =>
  createHash('sha256').update('postern root key id').update(rootKey).digest('hex').slice(0, 16)
