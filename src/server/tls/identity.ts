/** What a server shows of itself in a handshake. PEM; `cert` holds the chain, the server's own first. */
export interface Identity {
  key: string
  cert: string
  /** Of the authority that clients pin; null when they trust this one through their system. */
  caFingerprint: string | null
}

/** Where the identity comes from, and when it must be looked at again. */
export interface IdentitySource {
  current: Identity
  /** Renews or reloads when it is time to; answers the new identity, or null when the current one stays. */
  refresh: (now: Date) => Promise<Identity | null>
  /** How often to refresh, in milliseconds. */
  every: number
}
