import {MAX_RESOLVED, MAX_RESOLVED_BYTES} from '../../contract/limits.ts'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Ask, type Disclose, type Disclosure, type Refusal, type Reveal, refusal} from '../gate/types.ts'
import {wireOf} from '../values/wire.ts'

type Route = Routes['variablesReveal']
type Outcome = Disclosure<Reply<Route>> | Refusal

/** Opens the newest version of each variable of a scope. Refusals: too_many. */
export const revealVariables: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const outcomes: Outcome[] = []
  for (const ask of asks) outcomes.push(await reveal(handle, ask))
  return outcomes
}

async function reveal(handle: Disclose, {input: {query}}: Ask<Input<Route>>): Promise<Outcome> {
  const {scope} = query
  const rows = await selectOf(handle, scope)
  const bytes = rows.reduce((sum, {length}) => sum + length, 0)
  if (rows.length > MAX_RESOLVED || bytes > MAX_RESOLVED_BYTES)
    return refusal(
      'too_many',
      `The scope has ${rows.length} variables of ${bytes} bytes; at most ${MAX_RESOLVED} variables and ${MAX_RESOLVED_BYTES} bytes are given at once. Ask for them one by one.`,
    )
  const items = rows.map(({key, version, sealed}) => {
    const value = wireOf(handle.open({org: handle.org, kind: 'variable', scope, key, version}, sealed))
    return {key, version, value}
  })
  const names = items.map(({key, version}) => ({kind: 'variable' as const, scope, name: key, version}))
  return {reply: {scope, items}, targets: [{kind: 'scope', scope}], ...(names.length > 0 ? {names} : {})}
}

const selectOf = ({db, orgId}: Disclose, scope: string) =>
  db
    .selectFrom('entries')
    .innerJoin('versions', (join) =>
      join.onRef('versions.entry_id', '=', 'entries.id').onRef('versions.version', '=', 'entries.version'),
    )
    .select(['key', 'entries.version', 'versions.length', 'sealed'])
    .where('org_id', '=', orgId)
    .where('kind', '=', 'variable')
    .where('scope', '=', scope)
    .where('deleted_at', 'is', null)
    .where('entries.length', 'is not', null)
    .orderBy('key')
    .execute()
