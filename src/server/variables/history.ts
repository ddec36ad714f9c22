import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {listVersions} from '../values/history.ts'

type Route = Routes['variablesHistory']

/** A page of a variable's versions. */
export const listVariableVersions = (read: Read, input: Input<Route>): Promise<Reply<Route>> =>
  listVersions(read, 'variable', input)
