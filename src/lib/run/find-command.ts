import {accessSync, constants, statSync} from 'node:fs'
import {delimiter, join, resolve} from 'node:path'
import {PosternError} from '../../client/error.ts'

/** Where to look without PATH, as execvp(3) does. */
const DEFAULT_PATH = ['/bin', '/usr/bin'].join(delimiter)

/**
 * The file that a command's name means, looked for as a shell does: as it stands if there is a slash in it, else in the
 * folders of `path`.
 * @throws PosternError `command_not_found` (exit 127), `command_not_executable` (126).
 */
export function findCommand(name: string, path: string | undefined): string {
  if (name.includes('/')) {
    const state = stateOf(name)
    if (state === 'executable') return resolve(name)
    throw state === 'absent' ? notFound(name) : notExecutable(name, state)
  }
  let seen: State = 'absent'
  if (name !== '')
    for (const folder of (path ?? DEFAULT_PATH).split(delimiter)) {
      // An empty one is the current folder.
      const file = resolve(join(folder || '.', name))
      const state = stateOf(file)
      if (state === 'executable') return file
      if (state !== 'absent' && state !== 'a folder') seen = state
    }
  throw seen === 'absent' ? notFound(name, path) : notExecutable(name, seen)
}

type State = 'executable' | 'absent' | 'a folder' | 'not executable'

function stateOf(file: string): State {
  try {
    if (statSync(file).isDirectory()) return 'a folder'
    accessSync(file, constants.X_OK)
    return 'executable'
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    return code === 'EACCES' || code === 'EPERM' ? 'not executable' : 'absent'
  }
}

/** A word that may be shown: what else was typed there may be a value. */
const shown = (name: string) => (/^[A-Za-z0-9_./+-]{1,100}$/.test(name) ? name : 'of that name')

function notFound(name: string, path?: string): PosternError {
  const where = name.includes('/') ? '' : path === undefined ? ', and PATH is not set' : ' in any folder of PATH'
  return new PosternError('command_not_found', `There is no command ${shown(name)}${where}.`, {
    next: name.includes(' ')
      ? 'Put its arguments apart: there is no shell in between. With one: -- sh -c "…"'
      : 'Check its name and PATH.',
  })
}

const notExecutable = (name: string, state: State): PosternError =>
  new PosternError('command_not_executable', `The command ${shown(name)} is ${state}.`, {
    next: 'Check its permissions: chmod +x FILE; or name what runs it, as in -- sh FILE.',
  })
