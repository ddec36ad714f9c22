import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {deleteValues} from '../values/delete.ts'
import {countReferrers} from '../values/references.ts'

type Route = Routes['secretsDelete']

/** Deletes each secret, and says how many refer to it. Refusals: not_found. */
export const deleteSecrets: Act<'secrets.delete', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const named = asks.map(({input}) => ({scope: input.query.scope, key: input.params.key}))
  const referrers = await countReferrers(tx.db, tx.orgId, named)
  const outcomes = await deleteValues(tx, 'secret', asks)
  return outcomes.map((outcome, index) => {
    if ('refused' in outcome) return outcome
    const {scope, key} = named[index]!
    return {...outcome, reply: {...outcome.reply, referencedBy: referrers.get(`${scope} ${key}`) ?? 0}}
  })
}
