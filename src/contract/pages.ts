/** The pages of the dashboard, by the segment that follows `/dashboard/`; the overview has none. The server answers each with the one document. */
export const pages = ['', 'secrets', 'variables', 'environments', 'policy', 'audit', 'tokens'] as const
export type Page = (typeof pages)[number]

/** Where the dashboard begins. */
export const DASHBOARD = '/dashboard'

/** What a request says that the page makes by itself, with nobody at it: it does not keep its session alive. */
export const UNATTENDED = 'x-postern-unattended'
