import {realpathSync} from 'node:fs'
import {basename} from 'node:path'
import {PosternError} from '../../client/error.ts'
import type {Env} from '../profile/folder.ts'
import {startChild} from '../run/child.ts'
import {findCommand} from '../run/find-command.ts'
import {takeSignals} from '../run/signals.ts'

/** What a shell says of a command that is not there. */
const NOT_FOUND = 127

/**
 * Opens a file in the user's editor, VISUAL or EDITOR or vi, and returns when that has ended. The variable may hold words and
 * quotes, for a shell, as for git.
 * @throws PosternError `command_not_found`, `failed` when it ends with anything but 0: then what is in the file is not meant.
 */
export async function openInEditor(file: string, env: Env): Promise<void> {
  const editor = [env.VISUAL, env.EDITOR].find((one) => one !== undefined && one.trim() !== '') ?? 'vi'
  const signals = takeSignals()
  try {
    const {ended} = startChild(
      {
        file: '/bin/sh',
        argv: ['sh', '-c', `${editor} "$@"`, 'sh', ...keepingNothing(editor, env), file],
        variables: new Map(Object.entries(env).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))),
      },
      signals,
      null,
    )
    const status = await ended
    if (status === NOT_FOUND)
      throw new PosternError('command_not_found', 'The editor is not there; nothing was changed.', {
        next: 'Name one: export EDITOR=nano',
      })
    if (status !== 0) throw new PosternError('failed', `The editor ended with ${status}; nothing was changed.`)
  } finally {
    signals.end()
  }
}

/**
 * What keeps an editor from writing of the text anywhere but into the file: Vim has a swap file, backups, undo files and
 * registers, in folders of the user's choice. Others write beside the file at most, into a folder that goes.
 */
function keepingNothing(editor: string, {PATH}: Env): string[] {
  try {
    const name = basename(realpathSync(findCommand(editor.trim().split(/\s/)[0]!, PATH)))
    return /^(g|n)?vim\b/.test(name)
      ? ['-n', '-i', 'NONE', '-c', 'set nobackup nowritebackup noundofile viminfo= clipboard=']
      : []
  } catch {
    // A shell may still know what it is.
    return []
  }
}
