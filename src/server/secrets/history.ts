import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {listVersions} from '../values/history.ts'

type Route = Routes['secretsHistory']

/** A page of a secret's versions. */
export const listSecretVersions = (read: Read, input: Input<Route>): Promise<Reply<Route>> =>
  listVersions(read, 'secret', input)
