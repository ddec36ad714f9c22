import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {setValues} from '../values/set.ts'

type Route = Routes['variablesSet']

/**
 * Adds a version to each variable, unless its value is the one stored; sets or removes its lock where asked.
 * Refusals: version_conflict, value_refused, and variable_locked from the dashboard.
 */
export const setVariables: Act<'variables.set', Input<Route>, Reply<Route>> = (tx, asks) =>
  setValues(tx, 'variable', asks)
