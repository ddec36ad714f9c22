import {PosternError} from '../../client/error.ts'
import {canAsk, confirm} from '../command/confirm.ts'
import type {World} from '../command/world.ts'

/**
 * Values are shown to who says so: on a terminal it is asked, elsewhere `--reveal` says it.
 * @throws PosternError `usage`, `failed` when the answer is no.
 */
export async function consentToReveal(question: string, reveal: boolean, world: World): Promise<void> {
  if (reveal) return
  if (canAsk(world)) return confirm(question, world)
  throw new PosternError('usage', 'This reveals values, and there is no terminal to ask on; nothing was done.', {
    next: 'Add --reveal to go ahead without being asked.',
  })
}
