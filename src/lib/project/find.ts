import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, isAbsolute, join} from 'node:path'
import type {Env} from '../profile/folder.ts'
import {thisUser, type User, whyNotTrusted} from './trusted.ts'

export const NAME = 'postern.json'

/** In bytes; a full one has a tenth. */
export const MAX_PROJECT_FILE = 64 * 1024

/** A project file as it was found. `folder`: from it to the current one, in segments parted by `/`; `.` is itself. */
export interface Found {
  path: string
  folder: string
  bytes: Buffer
}

/**
 * The nearest project file of `cwd` and the folders above it, to the home folder or the border of the file system, both
 * included. It is taken only if nobody but the user and root can have written it; `notTaken` is told why one is not,
 * and then there is none, also further up.
 */
export function findProjectFile(
  {cwd, env, user = thisUser()}: {cwd: string; env: Env; user?: User | null},
  notTaken: (path: string, why: string) => void,
): Found | null {
  // Names as the file system has them, where it is one that does not tell `Web` from `web`.
  const from = real(cwd)
  if (from === null) return null
  const home = real(env.HOME && isAbsolute(env.HOME) ? env.HOME : homeOf())
  const {dev} = statSync(from)
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, NAME)
    if (isThere(path)) {
      const taken = take(path, user)
      if (typeof taken === 'string') notTaken(path, taken)
      return typeof taken === 'string' ? null : {path, folder: below(folder, from), bytes: taken}
    }
    const above = dirname(folder)
    if (folder === home || above === folder || deviceOf(above) !== dev) return null
  }
}

/** The file's bytes, one more than the most at most; else why it is not taken. It is judged as it was opened, so that it cannot be exchanged in between. */
function take(path: string, user: User | null): Buffer | string {
  let file: number | null = null
  try {
    // A pipe of that name would otherwise hold everything up.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const opened = fstatSync(file)
    if (!opened.isFile()) return 'it is no file'
    const why = whyNotTrusted(opened, user)
    if (why !== null) return `it ${why}`
    const target = realpathSync(path)
    if (!isSame(statSync(target), opened)) return 'it was exchanged while it was read'
    for (const folder of new Set([dirname(path), dirname(target)])) {
      const whyFolder = whyNotTrusted(statSync(folder), user)
      if (whyFolder !== null)
        return `${folder === dirname(path) ? 'its folder' : 'the folder that it is linked to'} ${whyFolder}`
    }
    const bytes = Buffer.alloc(MAX_PROJECT_FILE + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null)
    return bytes.subarray(0, length)
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'failed'})`
  } finally {
    if (file !== null) closeSync(file)
  }
}

const isSame = (a: Stats, b: Stats): boolean => a.dev === b.dev && a.ino === b.ino

const below = (folder: string, from: string): string =>
  from.slice(folder.length).replaceAll('\\', '/').replace(/^\/+/, '') || '.'

function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

function deviceOf(folder: string): number | null {
  try {
    return statSync(folder).dev
  } catch {
    return null
  }
}

function real(path: string | null): string | null {
  if (path === null) return null
  try {
    return realpathSync.native(path)
  } catch {
    return null
  }
}

function homeOf(): string | null {
  try {
    return homedir()
  } catch {
    return null
  }
}
