import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Disclosure, type Refusal, type Reveal, refusal} from '../gate/types.ts'
import {isLive, loadEntries, nameOf} from '../values/load.ts'
import {loadSealed} from '../values/load-sealed.ts'
import {codeOf} from '../values/totp.ts'

type Route = Routes['secretsTotp']

/** Gives of each secret the code of the moment, and never what makes it. Refusals: not_found, value_refused (it is no totp). */
export const showTotp: Reveal<Input<Route>, Reply<Route>> = async (handle, asks) => {
  const named = asks.map(({input}) => ({scope: input.query.scope, key: input.params.key}))
  const entries = await loadEntries(handle.db, handle.orgId, 'secret', named)
  const stored = await loadSealed(handle.db, [...entries.values()])
  return named.map((name): Disclosure<Reply<Route>> | Refusal => {
    const entry = entries.get(nameOf(name))
    const row = isLive(entry) ? stored(entry) : undefined
    if (!isLive(entry) || row === undefined)
      return refusal('not_found', 'There is no secret of this name with a value.')
    if (row.type !== 'totp') return refusal('value_refused', `This secret is no totp: it is a ${row.type}.`)
    const {scope, key, version} = entry
    const bytes = handle.open({org: handle.org, kind: 'secret', scope, key, version, type: row.type}, row.sealed)
    const code = codeOf(bytes.toString('utf8'), new Date(handle.now))
    bytes.fill(0)
    if (code === null) return refusal('value_refused', 'This secret gives no code.')
    return {reply: code, targets: [{kind: 'secret', scope, name: key, version}]}
  })
}
