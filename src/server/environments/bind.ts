import {widestOf} from '../../contract/binding-pattern.ts'
import {MAX_BINDINGS} from '../../contract/limits.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {reaches} from '../../contract/scope-pattern.ts'
import {type Act, type Actor, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {loadAround, loadEnvironments, NO_ENVIRONMENT} from './load.ts'
import {isUsable} from './match.ts'

type Route = Routes['environmentsBind']
type Outcome = Change<Reply<Route>> | Refusal

/** All hosts. */
export const ALL_HOSTS = '**'

/**
 * Feeds each environment from scopes. A binding is known by scope and hosts: the same again replaces its keys. Refusals:
 * not_found, value_refused (the hosts are no regular expression), too_many.
 */
export const bindEnvironments: Act<'environments.bind', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What changes who gets what has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await bindOne(tx, ask))
  return outcomes
}

async function bindOne(tx: Write<'environments.bind'>, {input, actor}: Ask<Input<Route>>): Promise<Outcome> {
  const {environment} = input.query
  const {scope, host = ALL_HOSTS, keys: named} = input.body
  const keys = named === undefined ? null : [...new Set(named)].sort()
  if (!isUsable(host))
    return refusal('value_refused', 'The pattern of hosts is no regular expression (RE2 syntax, between slashes).')
  const row = (await loadEnvironments(tx.db, tx.orgId, [environment])).get(environment)
  if (row === undefined || !(await isWithinReach(tx, actor, environment)))
    return refusal('not_found', actor.scopes === null ? NO_ENVIRONMENT : NONE_WITHIN_REACH)
  const bindings = await tx.db.selectFrom('bindings').selectAll().where('environment_id', '=', row.id).execute()
  const same = bindings.find((one) => one.scope === scope && one.host === host)
  if (same === undefined && bindings.length >= MAX_BINDINGS)
    return refusal('too_many', `An environment has at most ${MAX_BINDINGS} bindings. End one, or bind a wider pattern.`)
  const text = keys && JSON.stringify(keys)
  const changed = same === undefined || same.keys !== text
  if (changed) {
    await tx.db
      .insertInto('bindings')
      .values({
        environment_id: row.id,
        scope,
        host,
        keys: text,
        created_at: tx.now,
        created_by: actor.name,
      })
      .onConflict((conflict) => conflict.columns(['environment_id', 'scope', 'host']).doUpdateSet({keys: text}))
      .execute()
  }
  return {
    reply: {environment, scope, host, keys, changed},
    targets: [{kind: 'environment', scope, name: environment}],
    changed,
    note: noteOf(host, keys),
  }
}

/**
 * Whether nothing from beyond the actor's scopes feeds the environment, those that lend to it, or those that it lends to:
 * a binding shadows others, so it is theirs to say too.
 */
async function isWithinReach(tx: Write<'environments.bind'>, {scopes}: Actor, environment: string): Promise<boolean> {
  if (scopes === null) return true
  const around = await loadAround(tx.db, tx.orgId, environment)
  return around.every((pattern) => reaches(scopes, widestOf(pattern)))
}

const NONE_WITHIN_REACH =
  'There is no environment of this name that is fed from within the scopes of this credential alone.'

/** What the audit log says of a binding beside its environment and its scopes. */
export const noteOf = (host: string, keys: readonly string[] | null): string =>
  `${keys === null ? 'every key' : keys.join(', ')}, for ${host === ALL_HOSTS ? 'all hosts' : host}`
