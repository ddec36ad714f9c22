import type {Actor} from '../gate/types.ts'

const NAME = 'server'

/** Whether a token or a role of this name would pass for the server itself in the audit log. */
export const isServerName = (name: string): boolean => name.toLowerCase() === NAME

/** The server itself, acting in one organization: what no credential reaches. */
export const serverActor = (org: {id: number; name: string}): Actor => ({
  kind: 'server',
  id: 'server',
  name: NAME,
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
  workload: null,
})
