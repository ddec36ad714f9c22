import type {Transaction} from 'kysely'
import type {Schema} from '../store/schema.ts'

/**
 * The id of the next key to store.
 * @throws when the keys were put under another root key meanwhile: one more under the old one would open nowhere.
 */
export async function nextKeyId(db: Transaction<Schema>, rootKeyId: string): Promise<number> {
  const last = await db
    .selectFrom('keys')
    .select(['id', 'root_key_id'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  if (last.root_key_id !== rootKeyId)
    throw new Error(`the store is under the root key ${last.root_key_id} now; start this server with that one`)
  return Number(last.id) + 1
}
