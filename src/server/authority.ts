import type {AsServer} from './gate/as-server.ts'
import type {Keyring} from './keyring/keyring.ts'
import {authorityTarget, keepAuthority, replaceAuthority, storedAuthority} from './keys/authority.ts'
import type {Store} from './store/store.ts'
import type {KeyAndCertificate} from './tls/certificates.ts'

/** The private certificate authority as the store has it, for every server on it. */
export interface Authority {
  /** Null: the store has none yet. @throws when it does not unwrap. */
  load: () => Promise<KeyAndCertificate | null>
  /** Stores one, recorded as the server's deed. Where another server was first, that one's stays: load it then. */
  keep: (pair: KeyAndCertificate) => Promise<void>
  /** Stores one in the place of any, likewise. */
  replace: (pair: KeyAndCertificate) => Promise<void>
}

interface AuthorityParts {
  asServer: AsServer
  reader: Store['reader']
  keyring: Keyring
}

/** See `Services.authority`. */
export const keptAuthority = ({asServer, reader, keyring}: AuthorityParts): Authority => ({
  load: async () => {
    const row = await storedAuthority(reader)
    return row === undefined ? null : keyring.openAuthority(row)
  },
  keep: async (pair) => {
    const target = authorityTarget(pair)
    await asServer({operation: 'server.keep-authority', act: keepAuthority(keyring, pair), input: null, target})
  },
  replace: async (pair) => {
    const target = authorityTarget(pair)
    await asServer({operation: 'server.rotate-authority', act: replaceAuthority(keyring, pair), input: null, target})
  },
})
