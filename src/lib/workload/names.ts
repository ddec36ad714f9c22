import {PosternError} from '../../client/error.ts'
import {type Filters, resolve} from '../../client/workload.ts'
import {tokenKind} from '../../formats/token.ts'
import type {Client} from '../command/base.ts'
import {checkEnvironment} from './enter.ts'

/** The keys of an environment: those that it gives, and those that were declared and have no value. */
export interface Names {
  environment: string
  given: string[]
  declared: string[]
}

/**
 * What an environment gives, by name. Who is signed in is told without a value being read; a workload's token resolves.
 * @throws PosternError `usage` where no environment is named; else as the server refuses.
 */
export async function namesOf(client: Client, environment: string | undefined, filters: Filters): Promise<Names> {
  if (tokenKind(client.connection.token ?? '') === 'workload') {
    const resolved = await resolve(client.connection, filters)
    if (resolved === 'unchanged') throw new PosternError('failed', 'The server answered with nothing.')
    checkEnvironment(environment, resolved.environment)
    const {items, missing} = resolved
    return {environment: resolved.environment, given: items.map(({key}) => key), declared: missing.map(({key}) => key)}
  }
  if (environment === undefined)
    throw new PosternError('usage', 'Which environment is meant is missing.', {
      next: 'Name it: --environment ENV; postern environment list shows them.',
    })
  const {items, missing} = await client.call('environmentsExplain', {params: {org: client.org}, query: {environment}})
  const fits = ({key}: {key: string}) => filters.only === undefined || filters.only.some((glob) => globFits(glob, key))
  return {
    environment,
    given: items.filter(fits).map(({key}) => key),
    declared: missing.filter(fits).map(({key}) => key),
  }
}

/** Each `*` takes as little as it can, and gives back nothing: so it takes time by the product of both lengths at most. */
function globFits(glob: string, text: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0]
  while (from < text.length) {
    if (at < glob.length && (glob[at] === '?' || glob[at] === text[from])) {
      at += 1
      from += 1
    } else if (glob[at] === '*') {
      star = at
      mark = from
      at += 1
    } else if (star !== -1) {
      mark += 1
      at = star + 1
      from = mark
    } else return false
  }
  while (glob[at] === '*') at += 1
  return at === glob.length
}
