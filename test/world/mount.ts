import {execFileSync} from 'node:child_process'
import {closeSync, mkdirSync, openSync, rmSync, statSync, truncateSync, writeSync} from 'node:fs'
import {join} from 'node:path'

/** A small file system of its own, in memory. */
export interface Mount {
  path: string
  /** Takes all the room that is left, but for so many KiB. */
  fill: (but?: number) => void
  /** Gives back what `fill` took. */
  free: () => void
  /** Nobody may have a file open to write. */
  readOnly: (is: boolean) => void
  unmount: () => void
}

const PAGE = Buffer.alloc(4096)

/** Mounts one at `path`, private to this user unless another mode is given. @throws where that is not allowed: such a test must not pass unseen. */
export function mountSmall(path: string, mebibytes: number, mode = 0o700): Mount {
  mkdirSync(path, {recursive: true})
  mount(['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=${mode.toString(8)}`, 'tmpfs', path])
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: (but = 0) => {
      const file = openSync(ballast, 'a')
      try {
        for (;;) writeSync(file, PAGE)
      } catch (error) {
        if ((error as {code?: unknown}).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
      truncateSync(ballast, Math.max(0, statSync(ballast).size - but * 1024))
    },
    free: () => rmSync(ballast),
    readOnly: (is) => mount(['-o', `remount,${is ? 'ro' : 'rw'}`, path]),
    unmount: () => execFileSync('umount', ['--lazy', path]),
  }
}

function mount(args: string[]): void {
  try {
    execFileSync('mount', args, {stdio: 'pipe'})
  } catch (error) {
    throw new Error(`this test needs a small disk, so it runs as root where mounting is allowed: ${String(error)}`)
  }
}
