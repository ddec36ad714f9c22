import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {listValues} from '../values/list.ts'

type Route = Routes['variablesList']

/** A page of variables' names, with their locks. */
export async function listVariables(read: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const {items, ...rest} = await listValues(read, 'variable', query)
  return {
    items: items.map(({key, scope, version, length, updatedAt, updatedBy, locked, lastReadAt}) => {
      return {key, scope, version, length, updatedAt, updatedBy, locked, lastReadAt}
    }),
    ...rest,
  }
}
