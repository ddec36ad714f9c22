/** What a role allows. A role is a set of permissions; this table is the whole of it. */
export const permissions = [
  'secrets.list',
  'secrets.write',
  'secrets.delete',
  'secrets.grant',
  'secrets.reveal',
  'variables.list',
  'variables.read',
  'variables.write',
  'variables.delete',
  'scopes.list',
  'policy.read',
  'policy.write',
  'audit.read',
  'dashboard.open',
] as const

export type Permission = (typeof permissions)[number]

/** Roles by name. `secrets.grant` and `secrets.reveal` belong to the owner alone. */
export const roles = {
  owner: permissions,
} as const satisfies Record<string, readonly Permission[]>

export type Role = keyof typeof roles

/** Whether `role` allows `permission`; a role that this program does not know allows nothing. */
export function allows(role: string, permission: Permission): boolean {
  if (!Object.hasOwn(roles, role)) return false
  return (roles[role as Role] as readonly Permission[]).includes(permission)
}
