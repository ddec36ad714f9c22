import type {RouteName, Routes} from './index.ts'

const session = () => import('./session.ts')

/** By the word that a route's name begins with. One that is not here is found in the whole list, more slowly. */
const rooms: Record<string, () => Promise<object>> = {
  audit: () => import('./audit.ts'),
  dashboard: session,
  keys: () => import('./keys.ts'),
  limits: () => import('./limits.ts'),
  orgs: () => import('./orgs.ts'),
  policy: () => import('./policy.ts'),
  roles: () => import('./roles.ts'),
  scopes: () => import('./scopes.ts'),
  sealing: session,
  secrets: () => import('./secrets.ts'),
  tokens: () => import('./tokens.ts'),
  variables: () => import('./variables.ts'),
  whoami: session,
}

const wholeList = async () => (await import('./index.ts')).routes

/** One route, without loading those of other nouns: the CLI needs one at a time. */
export async function loadRoute<N extends RouteName>(name: N): Promise<Routes[N]> {
  const [noun] = /^[a-z]+/.exec(name)!
  const found = await (rooms[noun] ?? wholeList)()
  return (found as Routes)[name]
}
