import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {deleteValues} from '../values/delete.ts'

type Route = Routes['variablesDelete']

/** Deletes each variable. Refusals: not_found, and variable_locked from the dashboard. */
export const deleteVariables: Act<'variables.delete', Input<Route>, Reply<Route>> = (tx, asks) =>
  deleteValues(tx, 'variable', asks)
