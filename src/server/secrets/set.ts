import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {setValues} from '../values/set.ts'

type Route = Routes['secretsSet']

/** Adds a version to each secret, unless its value is the one stored. Refusals: version_conflict, value_refused. */
export const setSecrets: Act<'secrets.set', Input<Route>, Reply<Route>> = async (tx, asks) => {
  const outcomes = await setValues(tx, 'secret', asks)
  return outcomes.map((outcome) => {
    if ('refused' in outcome) return outcome
    const {locked: _, ...reply} = outcome.reply
    return {...outcome, reply}
  })
}
