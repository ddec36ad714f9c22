/** Variables of the server, each with the flag that comes before it. */
export const serverVariables = {
  POSTERN_DATA: 'data',
  POSTERN_LISTEN: 'listen',
  POSTERN_PUBLIC_URL: 'public-url',
  POSTERN_DASHBOARD_LISTEN: 'dashboard-listen',
  POSTERN_DASHBOARD_URL: 'dashboard-url',
  POSTERN_TLS_CERT: 'tls-cert',
  POSTERN_TLS_KEY: 'tls-key',
  POSTERN_ROOT_KEY_FILE: 'root-key-file',
  POSTERN_DATABASE_URL: 'database-url',
  POSTERN_DATABASE_POOL: 'database-pool',
  POSTERN_DATABASE_STATEMENT_TIMEOUT: 'database-statement-timeout',
  POSTERN_TRUSTED_PROXY: 'trusted-proxy',
  POSTERN_OIDC_ISSUER: 'oidc-issuer',
  POSTERN_OIDC_CLIENT_ID: 'oidc-client-id',
  POSTERN_OIDC_CLIENT_SECRET_FILE: 'oidc-client-secret-file',
  POSTERN_OIDC_SCOPE: 'oidc-scope',
  POSTERN_OIDC_GROUPS_CLAIM: 'oidc-groups-claim',
  POSTERN_OIDC_ROLE: 'oidc-role',
  POSTERN_LOG_LEVEL: null,
} as const

/** Variables of the CLI, which a server may find in its environment. */
const clientVariables = [
  'POSTERN_URL',
  'POSTERN_TOKEN',
  'POSTERN_TOKEN_FILE',
  'POSTERN_CA_FILE',
  'POSTERN_ORG',
  'POSTERN_PROFILE',
  'POSTERN_DEBUG',
  'POSTERN_CONFIG_DIR',
  'POSTERN_CACHE_DIR',
]

const known = [...Object.keys(serverVariables), ...clientVariables]

/** What Kubernetes puts into every pod for Services called postern or postern-something. */
const kubernetes =
  /^POSTERN_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/

/** More of Kubernetes', and where shell completion lies, which its own set-up exports. */
const others = /^POSTERN_(?:SERVICE|AC)_/

export interface Checked {
  /** Names that are almost a known one, with the known one. */
  nearMisses: {name: string; meant: string}[]
  /** Names of ours that mean nothing. */
  unknown: string[]
}

/** Looks through the names (never the values) of POSTERN_* variables for typing errors. */
export function checkNames(env: NodeJS.ProcessEnv): Checked {
  const strange = Object.keys(env).filter(
    (name) => /^postern/i.test(name) && !known.includes(name) && !kubernetes.test(name) && !others.test(name),
  )
  const looked = strange.map((name) => ({name, meant: known.find((other) => near(name, other)) ?? null}))
  return {
    nearMisses: looked.filter((found): found is {name: string; meant: string} => found.meant !== null),
    unknown: looked.filter(({name, meant}) => meant === null && /^postern_/i.test(name)).map(({name}) => name),
  }
}

/** The same but for case, underscores and a plural in -ies, or one with a word more at its end, or one edit away. */
function near(name: string, other: string): boolean {
  const plain = (text: string) => text.toUpperCase().replace(/[_-]/g, '').replace(/IES$/, 'Y')
  if (name.startsWith(`${other}_`) || other.startsWith(`${name}_`)) return true
  return editedOnce(plain(name), plain(other))
}

/** Whether one insertion, deletion, replacement or swap of neighbours, or none, makes `b` of `a`. */
function editedOnce(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length)
  let head = 0
  while (head < shorter && a[head] === b[head]) head++
  let tail = 0
  while (tail < shorter - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const [x, y] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)]
  if (x.length <= 1 && y.length <= 1) return true
  return x.length === 2 && y.length === 2 && x[0] === y[1] && x[1] === y[0]
}
