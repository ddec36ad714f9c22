import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {purgeValues} from '../values/purge.ts'

type Route = Routes['secretsPurge']

/** Ends for good the secrets that were deleted long ago. */
export const purgeSecrets: Act<'secrets.purge', Input<Route>, Reply<Route>> = (tx, asks) =>
  purgeValues(tx, 'secret', asks)
