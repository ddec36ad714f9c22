import {mkdirSync} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, isAbsolute, join} from 'node:path'
import {PosternError} from '../../client/error.ts'

export type Env = Readonly<Record<string, string | undefined>>

/**
 * Where settings live: `$XDG_CONFIG_HOME/postern` (XDG Base Directory), `~/.config/postern`, on Windows `%APPDATA%\postern`.
 * @throws PosternError `failed` when there is no home folder to speak of.
 */
export function settingsFolder(env: Env): string {
  const base = process.platform === 'win32' ? env.APPDATA : env.XDG_CONFIG_HOME
  if (base !== undefined && isAbsolute(base)) return join(base, 'postern')
  return join(home(env), '.config', 'postern')
}

function home(env: Env): string {
  if (env.HOME !== undefined && isAbsolute(env.HOME)) return env.HOME
  try {
    const found = homedir()
    if (isAbsolute(found)) return found
  } catch {
    // No entry for this user; said below.
  }
  throw new PosternError('failed', 'There is no home folder to keep settings in.', {
    next: 'Set HOME, or give all settings by POSTERN_URL, POSTERN_TOKEN and POSTERN_CA_FILE.',
  })
}

/** Makes a folder, and those above it, for this user alone. Node's own recursive mkdir never ends where nothing can be made, as in /proc. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, {mode: 0o700})
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeFolder(dirname(path))
    mkdirSync(path, {mode: 0o700})
  }
}
