import {sql} from 'kysely'
import {isScope} from '../../contract/name-rules.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {covers} from '../../contract/scope-pattern.ts'
import {type Act, type Ask, type Change, type Refusal, refusal, type Write} from '../gate/types.ts'
import {within} from '../scopes/within.ts'
import {NO_ENVIRONMENT} from './load.ts'

type Route = Routes['environmentsRename']
type Outcome = Change<Reply<Route>> | Refusal

/**
 * Renames each environment and all below it. Its bindings and the tokens that are bound to it stay; what collections lend
 * it follows from its new name. Refusals: malformed, not_found, already_exists.
 */
export const renameEnvironments: Act<'environments.rename', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes: Outcome[] = []
  // What renames an environment has a turn to itself, so this list has one element.
  for (const ask of asks) outcomes.push(await renameOne(tx, ask))
  return outcomes
}

async function renameOne(tx: Write<'environments.rename'>, {input}: Ask<Input<Route>>): Promise<Outcome> {
  const {environment} = input.query
  const {to} = input.body
  if (covers(`${environment}/**`, to) || covers(`${to}/**`, environment))
    return refusal('malformed', 'The one name lies within the other: choose one beside it.')
  const [names, there] = [await namesWithin(tx, environment), await namesWithin(tx, to)]
  if (!names.includes(environment)) return refusal('not_found', NO_ENVIRONMENT)
  if (there.length > 0)
    return refusal('already_exists', 'There is an environment of the new name or below it. Choose another name.')
  const renamed = (name: string) => to + name.slice(environment.length)
  if (!names.every((name) => isScope(renamed(name))))
    return refusal('malformed', 'With this name, an environment below would have more than 16 segments or 255 bytes.')
  await tx.db
    .updateTable('environments')
    .set({name: sql`${to} || substr(name, ${environment.length + 1})`})
    .where('org_id', '=', tx.orgId)
    .where(within('name', environment))
    .execute()
  const targets = names.map((name) => ({kind: 'environment', name, to: renamed(name)}))
  return {
    reply: {environment, to, environments: names.length, changed: true},
    targets: targets as [(typeof targets)[number]],
    changed: true,
  }
}

/** The environments at and below a name. */
async function namesWithin({db, orgId}: Write<'environments.rename'>, name: string): Promise<string[]> {
  const rows = await db
    .selectFrom('environments')
    .select('name')
    .where('org_id', '=', orgId)
    .where(within('name', name))
    .orderBy('name')
    .execute()
  return rows.map((row) => row.name)
}
