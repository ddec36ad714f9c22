import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {deleteValues} from '../values/delete.ts'

type Route = Routes['secretsDelete']

/** Deletes each secret. Refusals: not_found. */
export const deleteSecrets: Act<'secrets.delete', Input<Route>, Reply<Route>> = (tx, asks) =>
  deleteValues(tx, 'secret', asks)
