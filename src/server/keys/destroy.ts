import type {Act, Target} from '../gate/types.ts'
import {dataKey} from './rotate.ts'
import {versionsUnder} from './state.ts'

/** Ends the re-encryption under a data key: the older ones that open nothing any more are destroyed. */
export const destroyKeys: Act<'keys.destroy', {keyId: number}, {destroyed: number[]}> = async (tx, asks) => {
  const [{input}] = asks as [(typeof asks)[number]]
  const named = await versionsUnder(tx.db, input.keyId)
  const older = await tx.db
    .selectFrom('keys')
    .select('id')
    .where('purpose', '=', 'data')
    .where('id', '<', input.keyId)
    .orderBy('id')
    .execute()
  const destroyed = older.map(({id}) => id).filter((id) => !named.has(id))
  const left = [...named.values()].reduce((sum, versions) => sum + versions, 0)
  if (destroyed.length > 0) await tx.db.deleteFrom('keys').where('id', 'in', destroyed).execute()
  await tx.db
    .updateTable('rotations')
    .set((eb) => ({finished_at: tx.now, done: eb('total', '-', left)}))
    .where('key_id', '=', input.keyId)
    .execute()
  const [first = dataKey(input.keyId), ...more] = destroyed.map(dataKey)
  const targets: [Target, ...Target[]] = [first, ...more]
  const changed = destroyed.length > 0
  return asks.map(() => ({reply: {destroyed}, targets, changed, erased: changed}))
}
