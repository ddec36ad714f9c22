/** What a role allows. A role is a set of permissions; this table is the whole of it. */
export const permissions = [
  'secrets.list',
  'secrets.write',
  'secrets.delete',
  'secrets.purge',
  'secrets.grant',
  'secrets.reveal',
  'variables.list',
  'variables.read',
  'variables.write',
  'variables.delete',
  'variables.purge',
  'scopes.list',
  'scopes.write',
  'scopes.delete',
  'scopes.compare',
  'environments.list',
  'environments.write',
  'environments.resolve',
  'policy.read',
  'policy.write',
  'audit.read',
  'audit.archive',
  'tokens.list',
  'tokens.write',
  'roles.list',
  'roles.write',
  'orgs.list',
  'orgs.write',
  'keys.rotate',
  'dashboard.open',
] as const

export type Permission = (typeof permissions)[number]

const ownersAlone: readonly Permission[] = [
  'secrets.grant',
  'secrets.reveal',
  'environments.resolve',
  'audit.archive',
  'orgs.write',
  'keys.rotate',
]

/** The built-in roles. What an organization makes for itself stands beside them, by other names. */
export const roles = {
  /** Everything. */
  owner: permissions,
  /** Everything but to reveal or hand on a secret, to run what gets some, to remove audit entries from the store, to make organizations and to rotate keys. */
  admin: permissions.filter((permission) => !ownersAlone.includes(permission)),
  /** Secrets and variables, within the policy. */
  writer: [
    'secrets.list',
    'secrets.write',
    'secrets.delete',
    'variables.list',
    'variables.read',
    'variables.write',
    'variables.delete',
    'scopes.list',
    'scopes.write',
    'environments.list',
    'policy.read',
    'dashboard.open',
  ],
  /** Names, policy and audit, nothing else. */
  auditor: ['secrets.list', 'variables.list', 'scopes.list', 'environments.list', 'policy.read', 'audit.read'],
  /** What a token has that is bound to an environment, and no other. */
  workload: ['environments.resolve'],
} as const satisfies Record<string, readonly Permission[]>

export type BuiltInRole = keyof typeof roles

export const isBuiltInRole = (name: string): name is BuiltInRole => Object.hasOwn(roles, name)

/** What concerns the whole organization and nothing less: a credential that is bound to scopes may do none of it. */
export const organizationWide: readonly Permission[] = [
  'environments.list',
  'environments.write',
  'policy.write',
  'audit.read',
  'audit.archive',
  'roles.write',
  'orgs.write',
  'keys.rotate',
]

const known: ReadonlySet<string> = new Set(permissions)
export const isPermission = (text: string): text is Permission => known.has(text)
