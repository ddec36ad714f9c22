import {PosternError} from '../../client/error.ts'
import {isBuiltInRole} from '../../contract/permissions.ts'
import {problems} from '../../contract/problems.ts'
import type {RouteName} from '../../contract/routes/index.ts'

/** Of what was sent, the names that the next command needs. */
export interface Asked {
  params: {key?: string; name?: string}
  query?: {scope?: string | undefined} | undefined
  body?: {to?: unknown} | undefined
}

/** What a call was for, and whose token it came with. */
export interface Called {
  route: RouteName
  sent: Asked
  /** `--org`, where it was typed. */
  typedOrg: string | undefined
  tokenFrom: 'environment' | 'profile'
  /** The command by which a person signs in; null: the credential is a token. */
  again: string | null
}

/** The command that lists what a route is about, by the word that its name begins with. */
const lists: Record<string, string> = {
  audit: 'postern audit list',
  environments: 'postern environment list',
  orgs: 'postern org list',
  policy: 'postern policy show',
  roles: 'postern role list',
  scopes: 'postern scope list',
  tokens: 'postern token list',
}

/** The same refusal with the next command for what was asked, unless the refusal itself named one. */
export function withNext(error: PosternError, {typedOrg, ...called}: Called): PosternError {
  const {next} = problems[error.code] as {next?: string}
  if (error.facts.next !== next) return error
  const step = nextStep(error, called)
  if (step === null) return error
  const ofOrg = typedOrg === undefined || error.facts.about === 'organization' ? '' : ` --org ${typedOrg}`
  const [command, ...why] = step
  return new PosternError(error.code, error.message, {
    ...error.facts,
    next: command.startsWith('postern') ? [`${command}${ofOrg}`, ...why].join('   ') : command,
  })
}

type Step = [command: string, why?: string]

function nextStep({code, facts}: PosternError, {route, sent, tokenFrom, again}: Omit<Called, 'typedOrg'>): Step | null {
  const {params, query, body} = sent
  const [noun = ''] = /^[a-z]+/.exec(route) ?? []
  const isTaken = code === 'already_exists' || code === 'version_conflict'
  // What is taken is where it was to go.
  const where = isTaken && typeof body?.to === 'string' ? body.to : query?.scope
  const scope = where === undefined ? '' : ` --scope ${where}`
  const values = noun === 'secrets' || noun === 'variables' ? `postern ${noun.slice(0, -1)}` : null
  const list = values === null ? lists[noun] : `${values} list${scope}`
  if (code === 'unauthenticated' && again !== null) return [again, '(your sign-in has ended)']
  if (code === 'unauthenticated' && tokenFrom === 'environment')
    return ['Put a valid token into POSTERN_TOKEN or POSTERN_TOKEN_FILE; who may makes one: postern token create.']
  if (facts.about === 'organization') return ['postern org list']
  if (facts.about === 'environment') return ['postern environment list']
  if (facts.about === 'address')
    return ['Run it from such an address; postern token list shows them to whoever may list tokens.']
  if (code === 'not_found') {
    if (route === 'tokensCreate') return ['postern role list']
    if (values !== null && route.endsWith('Rollback')) return [`${values} history${scope} ${params.key}`]
    return list === undefined ? null : [list]
  }
  if (code === 'version_conflict' && list !== undefined) return [list, '(shows the version that is stored)']
  if (code === 'already_exists') {
    if (route === 'tokensCreate') return ['postern token list --all', '(shows which names are taken)']
    if (route === 'orgsCreate') return ['postern org list --deleted', '(a deleted one keeps its name)']
    return list === undefined ? null : [list, '(shows which names are taken)']
  }
  if (code === 'not_empty' && query?.scope !== undefined)
    return [`postern scope delete ${query.scope} --recursive --dry-run`, '(shows what would go)']
  if (code === 'in_use' && route === 'tokensRevoke') return ['postern token create NAME --role owner']
  if (code === 'in_use') return [isBuiltInRole(params.name ?? '') ? 'postern role list' : 'postern token list']
  return null
}
