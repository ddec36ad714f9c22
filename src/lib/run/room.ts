import {readFileSync} from 'node:fs'
import {PosternError} from '../../client/error.ts'

/** Linux, MAX_ARG_STRLEN: the most bytes of one variable or argument, its ending NUL included. */
const MOST_OF_ONE = 128 * 1024

/** The bytes of a pointer, which the system counts with each. */
const POINTER = 8

/** What the system itself puts beside them, and the path of the command. */
const BESIDE = 8 * 1024

/**
 * Holds a command and its variables against what the system takes, since what it says itself is a bare E2BIG. Gives the
 * bytes that they fill and those there are.
 * @throws PosternError `value_refused`, naming the variable.
 */
export function checkRoom(
  argv: readonly string[],
  variables: ReadonlyMap<string, string>,
): {filled: number; room: number} {
  let filled = argv.reduce((sum, word) => sum + Buffer.byteLength(word) + 1 + POINTER, BESIDE)
  let largest = {name: '', bytes: 0}
  for (const [name, text] of variables) {
    const bytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(text) + 1
    if (process.platform === 'linux' && bytes > MOST_OF_ONE) throw tooLong(name)
    if (bytes > largest.bytes) largest = {name, bytes}
    filled += bytes + POINTER
  }
  const room = roomFor(filled)
  if (filled <= room) return {filled, room}
  throw new PosternError(
    'value_refused',
    `The command and its variables fill ${filled} bytes, and this system takes ${room}; the largest is ${largest.name}, with ${largest.bytes}.`,
    {
      next: `Choose keys with --only, inherit less with --clean-env, or hand it over as a file: --mount NAME=${largest.name}`,
    },
  )
}

const tooLong = (name: string) =>
  new PosternError('value_refused', `${name} is longer than the 128 KiB that Linux lets a variable have.`, {
    next: `Hand it over as a file: --mount NAME=${name}`,
  })

/** The least that Linux gives whatever the stack's limit is, and what nothing gives more than. */
const LEAST = 128 * 1024
const MOST = 6 * 1024 * 1024

/** What arguments and variables may fill; asked of the system only if it may matter. Linux: execve(2), a quarter of the stack's limit. */
function roomFor(filled: number): number {
  if (process.platform === 'darwin') return 1024 * 1024
  if (process.platform !== 'linux') return MOST
  if (filled <= LEAST) return LEAST
  const stack = stackLimit()
  return Math.max(LEAST, Math.min(MOST, stack / 4))
}

function stackLimit(): number {
  try {
    const [, soft] = /^Max stack size +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    return soft === 'unlimited' ? Infinity : Number(soft ?? 0)
  } catch {
    // No /proc: what the system says then is told all the same.
    return Infinity
  }
}
