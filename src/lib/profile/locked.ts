import {closeSync, openSync, rmSync, statSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'

/** How long one lock may stand, in milliseconds: it is held for a few, so that one which stays was left behind by a process that is gone. */
const PATIENCE = 3000

/**
 * Does something while no other process of this machine does it under the same lock file, which is made for it and removed.
 * @throws what making the file throws: where it cannot be made, nothing is done.
 */
export async function locked<R>(path: string, work: () => R): Promise<R> {
  await take(path)
  try {
    return work()
  } finally {
    rmSync(path, {force: true})
  }
}

async function take(path: string): Promise<void> {
  let seen: string | null = null
  let since = performance.now()
  for (;;) {
    try {
      closeSync(openSync(path, 'wx', 0o600))
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const found = statSync(path, {throwIfNoEntry: false})
    const mark = found === undefined ? null : `${found.ino} ${found.ctimeMs}`
    if (mark !== seen) [seen, since] = [mark, performance.now()]
    else if (performance.now() - since > PATIENCE) rmSync(path, {force: true})
    // Not all at once again.
    await sleep(5 + Math.random() * 20)
  }
}
