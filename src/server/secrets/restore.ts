import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {restoreValues} from '../values/restore.ts'

type Route = Routes['secretsRestore']

/** Brings back each secret that was deleted. Refusals: not_found. */
export const restoreSecrets: Act<'secrets.restore', Input<Route>, Reply<Route>> = (tx, asks) =>
  restoreValues(tx, 'secret', asks)
