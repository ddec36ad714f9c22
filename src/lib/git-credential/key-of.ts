import {PosternError} from '../../client/error.ts'
import type {ResolvedItem} from '../../client/workload.ts'
import type {Client} from '../command/base.ts'
import {valuesNow} from '../run/given.ts'

/** One key of an environment: no other is disclosed. @throws PosternError `not_found`; else as `valuesNow` does. */
export async function keyOf(client: Client, environment: string | undefined, key: string): Promise<ResolvedItem> {
  const {resolved} = await valuesNow({client, environment, filters: {only: [key]}})
  const [item] = resolved.items
  if (item !== undefined) return item
  throw new PosternError('not_found', `The environment ${resolved.environment} does not give ${key}.`, {
    next: `postern environment explain ${resolved.environment} ${key}`,
  })
}
