import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {setManyValues} from '../values/set-many.ts'

type Route = Routes['variablesSetMany']

/** Sets many variables at once, all or none. Refusals: malformed, and those of setting one. */
export const setManyVariables: Act<'variables.set', Input<Route>, Reply<Route>> = (tx, asks) =>
  setManyValues(tx, 'variable', asks)
