import {PassThrough} from 'node:stream'
import type {ReadStream} from 'node:tty'
import {PosternError} from '../../client/error.ts'
import type {World} from '../command/world.ts'
import {whole} from './environment.ts'

/** How long a paste may take to arrive whole, in milliseconds. */
const PASTE_PAUSE = 50

const CTRL_C = 0x03
const CTRL_D = 0x04
const LF = 0x0a
const CR = 0x0d

/**
 * Asks for a value on the terminal, without echo.
 * @throws PosternError `interrupted` on Ctrl-C or Ctrl-D, `value_refused` for more than one line.
 */
export async function promptFor(what: string, world: Pick<World, 'stdin' | 'stderr'>): Promise<Buffer> {
  const {password} = await import('@inquirer/prompts')
  const terminal = world.stdin as ReadStream
  const keys = new PassThrough()
  const given = new AbortController()
  let ended = false
  let goesOn = false
  // The prompt ends at the first newline of a paste. What follows must neither be echoed nor reach the shell, so the
  // terminal is read here, raw, until it is quiet.
  const onData = (chunk: Buffer) => {
    for (const byte of chunk) {
      if (byte === CTRL_C || byte === CTRL_D) given.abort()
      if (ended) goesOn = true
      if (byte === LF || byte === CR) ended = true
    }
    keys.write(chunk)
  }
  const onEnd = () => given.abort()
  terminal.setRawMode?.(true)
  terminal.on('data', onData).once('end', onEnd).resume()
  try {
    const answer = await password(
      {message: `Value of ${what}:`, toggleMask: false},
      {input: keys, output: world.stderr, signal: given.signal},
    ).catch(() => {
      throw new PosternError('interrupted', `Interrupted; ${what} was not set.`)
    })
    await new Promise((resolve) => setTimeout(resolve, PASTE_PAUSE))
    if (goesOn)
      throw new PosternError(
        'value_refused',
        'More than one line was pasted, and the prompt takes one; nothing was written.',
        {next: 'Pipe it in with --from-stdin, or use --from-file PATH.'},
      )
    return whole(answer, 'What was typed')
  } finally {
    terminal.off('data', onData).off('end', onEnd)
    terminal.setRawMode?.(false)
    terminal.pause()
  }
}
