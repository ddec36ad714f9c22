import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Act} from '../gate/types.ts'
import {setManyValues} from '../values/set-many.ts'

type Route = Routes['secretsSetMany']

/** Sets many secrets at once, all or none. Refusals: malformed, and those of setting one. */
export const setManySecrets: Act<'secrets.set', Input<Route>, Reply<Route>> = (tx, asks) =>
  setManyValues(tx, 'secret', asks)
