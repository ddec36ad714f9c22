import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {listValues} from '../values/list.ts'

type Route = Routes['variablesList']

/** A page of variables' names, with their locks. */
export const listVariables = (read: Read, {query}: Input<Route>): Promise<Reply<Route>> =>
  listValues(read, 'variable', query)
