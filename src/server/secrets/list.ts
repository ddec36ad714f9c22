import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import type {Read} from '../gate/types.ts'
import {listValues} from '../values/list.ts'

type Route = Routes['secretsList']

/** A page of secrets' names. */
export async function listSecrets(read: Read, {query}: Input<Route>): Promise<Reply<Route>> {
  const {items, ...rest} = await listValues(read, 'secret', query)
  return {items: items.map(({locked: _, ...item}) => item), ...rest}
}
