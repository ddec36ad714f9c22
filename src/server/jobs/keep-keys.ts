import type {AsServer} from '../gate/as-server.ts'
import type {Keyring} from '../keyring/keyring.ts'
import {destroyKeys} from '../keys/destroy.ts'
import {reencrypt, type VersionId} from '../keys/reencrypt.ts'
import {dataKey, retireKey} from '../keys/rotate.ts'
import type {SealCounts} from '../keys/seal-counts.ts'
import type {Store} from '../store/store.ts'
import {repeat} from './repeat.ts'

export interface KeepKeys {
  asServer: AsServer
  reader: Store['reader']
  /** How often data keys have sealed on this server. */
  sealCounts: Pick<SealCounts, 'write'>
  keyring: Pick<Keyring, 'newDataKey' | 'rootKeyId'>
  /** How often a data key may seal. */
  most: number
  /** Told of the versions that do not open, so that they stay as they are. */
  onStuck: (versions: readonly VersionId[]) => void
  onFault: (error: unknown) => void
}

/** Between two looks at the store, in milliseconds. */
const PAUSE = 1000

/** The most versions that may not open before a re-encryption is given up. */
const MOST_STUCK = 1000

/**
 * Watches the store for a data key that has sealed its share, which it retires, and for a re-encryption that was asked for
 * or interrupted, which it does. Returns what stops it.
 */
export function keepKeys(parts: KeepKeys): () => Promise<void> {
  const state = {stopped: false}
  const stop = repeat(PAUSE, () => look(parts, state), parts.onFault)
  return () => {
    state.stopped = true
    return stop()
  }
}

async function look(parts: KeepKeys, state: {stopped: boolean}): Promise<void> {
  const {asServer, reader, sealCounts, keyring, most} = parts
  await sealCounts.write()
  const worn = await reader
    .selectFrom('keys')
    .select('id')
    .where('purpose', '=', 'data')
    .where('retired_at', 'is', null)
    .where('sealed_count', '>=', most)
    .executeTakeFirst()
  if (worn !== undefined) {
    const target = dataKey(worn.id)
    await asServer({operation: 'keys.retire', act: retireKey(keyring, most), input: null, target})
  }
  const keyId = await underWay(reader)
  if (keyId !== null) await reencryptAll(keyId, parts, state)
}

/** The data key of the re-encryption that is under way; null: none is. */
async function underWay(reader: Store['reader']): Promise<number | null> {
  const rotation = await reader
    .selectFrom('rotations')
    .select('key_id')
    .where('finished_at', 'is', null)
    .executeTakeFirst()
  return rotation === undefined ? null : Number(rotation.key_id)
}

/** Batch after batch, each a turn of the gate, so that what clients ask goes in between. */
async function reencryptAll(
  keyId: number,
  {asServer, reader, onStuck}: KeepKeys,
  state: {stopped: boolean},
): Promise<void> {
  const target = dataKey(keyId)
  const stuck: VersionId[] = []
  for (let more = true; more; ) {
    if (state.stopped) return
    const input = {keyId, except: stuck}
    const batch = await asServer({operation: 'keys.reencrypt', act: reencrypt, input, target})
    stuck.push(...batch.stuck)
    more = batch.done + batch.stuck.length > 0 && stuck.length <= MOST_STUCK
  }
  if (stuck.length > 0) onStuck(stuck)
  // Of several servers on one store, each comes here.
  if ((await underWay(reader)) !== keyId) return
  await asServer({operation: 'keys.destroy', act: destroyKeys, input: {keyId}, target})
}
