import type {Transaction} from 'kysely'
import type {Input, Reply} from '../../contract/route.ts'
import type {Routes} from '../../contract/routes/index.ts'
import {type Act, refusal, type Target} from '../gate/types.ts'
import type {Keyring} from '../keyring/keyring.ts'
import type {Schema} from '../store/schema.ts'
import {nextKeyId} from './next-id.ts'
import {KEYS_OF_DEFAULT} from './show.ts'
import {keysState} from './state.ts'

type Route = Routes['keysRotate']
type NewKey = Pick<Keyring, 'newDataKey' | 'rootKeyId'>

/** Makes a new data key and asks for re-encryption under it; while one is under way, nothing changes. Refusals: forbidden. */
export const rotateKeys =
  (keyring: NewKey): Act<'keys.rotate', Input<Route>, Reply<Route>> =>
  async (tx, asks) => {
    if (tx.org !== 'default') return asks.map(() => refusal('forbidden', KEYS_OF_DEFAULT))
    const running = await tx.db
      .selectFrom('rotations')
      .select('key_id')
      .where('finished_at', 'is', null)
      .executeTakeFirst()
    const keyId = running?.key_id ?? (await replaceDataKey(tx, keyring))
    if (running === undefined) {
      const {total} = await tx.db
        .selectFrom('versions')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      await tx.db
        .insertInto('rotations')
        .values({key_id: keyId, total: Number(total), done: 0, started_at: tx.now, finished_at: null})
        .execute()
    }
    const changed = running === undefined
    const reply = {...(await keysState(tx.db)), changed}
    return asks.map(() => ({reply, targets: [dataKey(keyId)], changed}))
  }

/** Replaces the data key once it has sealed `most` times; what it sealed stays under it. */
export const retireKey =
  (keyring: NewKey, most: number): Act<'keys.retire', null, null> =>
  async (tx, asks) => {
    const worn = await tx.db
      .selectFrom('keys')
      .select('id')
      .where('purpose', '=', 'data')
      .where('retired_at', 'is', null)
      .where('sealed_count', '>=', most)
      .executeTakeFirst()
    if (worn !== undefined) await replaceDataKey(tx, keyring)
    return asks.map(() => ({reply: null, targets: [dataKey(worn?.id ?? 0)], changed: worn !== undefined}))
  }

/** Stores a new data key and retires the others. Whoever seals under another one is told by the gate. */
async function replaceDataKey(
  {db, now}: {db: Transaction<Schema>; now: string},
  {newDataKey, rootKeyId}: NewKey,
): Promise<number> {
  const id = await nextKeyId(db, rootKeyId)
  await db
    .updateTable('keys')
    .set({retired_at: now})
    .where('purpose', '=', 'data')
    .where('retired_at', 'is', null)
    .execute()
  await db.insertInto('keys').values(newDataKey(id, now)).execute()
  return id
}

export const dataKey = (id: number): Target => ({kind: 'data-key', name: String(id)})
