import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {rollBackValues} from '../values/rollback.ts'

type Route = Routes['secretsRollback']

/** Adds to each secret a version with an earlier one's value. Refusals: not_found, version_conflict. */
export const rollBackSecrets: Act<'secrets.rollback', Input<Route>, Reply<Route>> = (tx, asks) =>
  rollBackValues(tx, 'secret', asks)
