import type {Actor} from '../../src/server/gate/types.ts'

/** A token's actor as credentials make it of the token with this id, in the organization `default`, not yet confirmed. */
export const actor = (tokenId: number, more: Partial<Actor> = {}): Actor => ({
  kind: 'token',
  id: `token:${tokenId}`,
  name: `t${tokenId}`,
  surface: 'cli',
  orgId: 1,
  org: 'default',
  role: 'owner',
  permissions: [],
  scopes: null,
  cidrs: null,
  expiresAt: null,
  tokenId,
  tokenHash: null,
  sessionId: null,
  linkId: null,
  workload: null,
  ...more,
})
