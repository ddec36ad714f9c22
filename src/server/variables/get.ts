import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Disclose, type Reveal, refusal} from '../gate/types.ts'
import {prepared} from '../store/prepared.ts'
import {isNamed, nameOf, namesOf} from '../values/load.ts'
import {wireOf} from '../values/wire.ts'

type Route = Routes['variablesGet']

/** Opens the newest version of each variable. Refusals: not_found. */
export const getVariables: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const names = asks.map(({input}) => ({scope: input.query.scope, key: input.params.key}))
  const rows = await selectValues(handle.db, namesOf(handle.orgId, 'variable', names))
  const found = new Map(rows.map((row) => [nameOf(row), row]))
  return names.map((name) => {
    const row = found.get(nameOf(name))
    if (row === undefined) return refusal('not_found', 'There is no variable of this name in this scope.')
    const {scope, key, version} = row
    const bytes = handle.open({org: handle.org, kind: 'variable', scope, key, version}, row.sealed)
    const reply = {
      key,
      scope,
      version,
      length: bytes.length,
      changed: false,
      updatedAt: row.updated_at,
      updatedBy: row.updated_by,
      locked: row.locked === 1,
      value: wireOf(bytes),
    }
    return {reply, targets: [{kind: 'variable', scope, name: key, version}]}
  })
}

const selectValues = prepared((db: Disclose['db'], names: string) =>
  db
    .selectFrom('entries')
    .innerJoin('versions', (join) =>
      join.onRef('versions.entry_id', '=', 'entries.id').onRef('versions.version', '=', 'entries.version'),
    )
    .select(['scope', 'key', 'entries.version', 'sealed', 'locked', 'updated_at', 'updated_by'])
    .where(isNamed(names))
    .where('deleted_at', 'is', null)
    .where('entries.length', 'is not', null),
)
