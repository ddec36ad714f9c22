import type {Actor} from '../gate/types.ts'

/** The server itself, acting in one organization: what no credential reaches. */
export const serverActor = (org: {id: number; name: string}): Actor => ({
  kind: 'server',
  id: 'server',
  name: 'server',
  surface: 'server',
  orgId: org.id,
  org: org.name,
  role: 'server',
  permissions: [],
  scopes: null,
  cidrs: null,
  expiresAt: null,
  tokenId: 0,
  tokenHash: null,
  sessionId: null,
  linkId: null,
})
