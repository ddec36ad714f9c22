import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {purgeValues} from '../values/purge.ts'

type Route = Routes['variablesPurge']

/** Ends for good the variables that were deleted long ago. */
export const purgeVariables: Act<'variables.purge', Input<Route>, Reply<Route>> = (tx, asks) =>
  purgeValues(tx, 'variable', asks)
