import {PassThrough} from 'node:stream'
import type {ReadStream} from 'node:tty'
import {PosternError} from '../../client/error.ts'
import type {World} from '../command/world.ts'
import {whole} from './environment.ts'

/** How long a paste may take to arrive whole, in milliseconds. */
const PASTE_PAUSE = 50

/**
 * Asks for a value on the terminal, without echo.
 * @throws PosternError `interrupted` on Ctrl-C, `value_refused` for more than one line.
 */
export async function promptFor(what: string, world: Pick<World, 'stdin' | 'stderr'>): Promise<Buffer> {
  const {password} = await import('@inquirer/prompts')
  const terminal = world.stdin as ReadStream
  const keys = new PassThrough()
  let lines = 0
  let afterLine = false
  // The prompt ends at the first newline of a paste. What follows must neither be echoed nor reach the shell, so the
  // terminal is read here, raw, until it is quiet.
  const onData = (chunk: Buffer) => {
    for (const byte of chunk) {
      if (lines > 0) afterLine = true
      if (byte === 0x0d || byte === 0x0a) lines += 1
    }
    keys.write(chunk)
  }
  terminal.setRawMode?.(true)
  terminal.on('data', onData)
  try {
    const answer = await password(
      {message: `Value of ${what}:`, toggleMask: false},
      {input: keys, output: world.stderr},
    )
    await new Promise((resolve) => setTimeout(resolve, PASTE_PAUSE))
    if (afterLine)
      throw new PosternError(
        'value_refused',
        'More than one line was pasted, and the prompt takes one; nothing was written.',
        {
          next: 'Pipe it in with --from-stdin, or use --from-file PATH.',
        },
      )
    return whole(answer, 'What was typed')
  } finally {
    terminal.off('data', onData)
    terminal.setRawMode?.(false)
    terminal.pause()
  }
}
