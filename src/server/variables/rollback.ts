import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {rollBackValues} from '../values/rollback.ts'

type Route = Routes['variablesRollback']

/** Adds to each variable a version with an earlier one's value. Refusals: not_found, version_conflict, and variable_locked from the dashboard. */
export const rollBackVariables: Act<'variables.rollback', Input<Route>, Reply<Route>> = (tx, asks) =>
  rollBackValues(tx, 'variable', asks)
