/** The doors that a request can come through. It follows from the credential alone. */
export const surfaces = ['cli', 'dashboard', 'workload'] as const
export type Surface = (typeof surfaces)[number]

/** Where each surface's routes begin. */
export const prefixes = {
  cli: '/admin/v1',
  dashboard: '/dashboard/v1',
  workload: '/workload/v1',
} as const satisfies Record<Surface, string>
