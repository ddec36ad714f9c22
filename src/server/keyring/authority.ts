import {Buffer} from 'node:buffer'
import type {Schema} from '../store/schema.ts'
import type {KeyAndCertificate} from '../tls/certificates.ts'
import {newRow, unwrapRow} from './rows.ts'

/** The private certificate authority as a row of the keys: what is wrapped is the JSON of both its PEM texts. */
export interface AuthorityKeys {
  /** As a row to insert. */
  newAuthority: (id: number, pair: KeyAndCertificate, now: string) => Schema['keys']
  /** @throws when the row was altered. */
  openAuthority: (row: Schema['keys']) => KeyAndCertificate
}

export const authorityWith = (root: Uint8Array): AuthorityKeys => ({
  newAuthority: (id, {key, cert}, now) =>
    newRow(root, {id, purpose: 'authority', key: Buffer.from(JSON.stringify({key, cert})), now}),
  openAuthority: (row) => JSON.parse(unwrapRow(root, row).toString('utf8')),
})
