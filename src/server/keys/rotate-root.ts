import type {Act} from '../gate/types.ts'
import {rewrapped} from '../keyring/rows.ts'
import {rootKeyId} from '../keyring/wrap.ts'

/** Wraps every key of the store with `to` instead of `from`, and changes nothing else: every value and token stays as it is. */
export const rotateRoot =
  (from: Uint8Array, to: Uint8Array): Act<'server.rotate-root', null, {keys: number}> =>
  async (tx, asks) => {
    const rows = await tx.db.selectFrom('keys').selectAll().orderBy('id').execute()
    await tx.db
      .insertInto('keys')
      .values(rewrapped(from, to, rows))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((eb) => ({
          root_key_id: eb.ref('excluded.root_key_id'),
          wrapped: eb.ref('excluded.wrapped'),
        })),
      )
      .execute()
    const change = {reply: {keys: rows.length}, changed: true, erased: true}
    return asks.map(() => ({...change, targets: [{kind: 'root-key', name: rootKeyId(to)}]}))
  }
