import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {restoreValues} from '../values/restore.ts'

type Route = Routes['variablesRestore']

/** Brings back each variable that was deleted. Refusals: not_found, and variable_locked from the dashboard. */
export const restoreVariables: Act<'variables.restore', Input<Route>, Reply<Route>> = (tx, asks) =>
  restoreValues(tx, 'variable', asks)
