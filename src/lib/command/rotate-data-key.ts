import {setTimeout as sleep} from 'node:timers/promises'
import {PosternError} from '../../client/error.ts'
import type {KeysState} from '../../contract/routes/keys.ts'
import type {Client} from './base.ts'
import type {World} from './world.ts'

/** Between two looks, in milliseconds. */
const PAUSE = 500

/**
 * Has the server make a new data key and, with `wait`, returns when every version is under it; a terminal shows how far it
 * is. What goes on without the caller: the server does not need it.
 * @throws PosternError `failed` when some versions do not open.
 */
export async function rotateDataKey(client: Client, world: World, wait: boolean): Promise<KeysState> {
  const params = {org: client.org}
  const {changed, ...started} = await client.call('keysRotate', {params})
  if (!changed) world.stderr.write('A re-encryption is under way already.\n')
  if (!wait) return started
  let state: KeysState = started
  try {
    while (state.rotation?.finishedAt === null) {
      const {total, remaining} = state.rotation
      if (world.stderrIsTerminal)
        world.stderr.write(`\r\u001b[Kre-encrypting: ${total - remaining} of ${total} versions`)
      await sleep(PAUSE)
      state = await client.call('keysShow', {params})
    }
  } finally {
    if (world.stderrIsTerminal) world.stderr.write('\r\u001b[K')
  }
  const remaining = state.rotation?.remaining ?? 0
  if (remaining > 0) {
    throw new PosternError('failed', `${remaining} versions do not open, so they stay under their old data key.`, {
      next: 'see the server’s log for which; restore them from a backup, or set them anew',
    })
  }
  return state
}
