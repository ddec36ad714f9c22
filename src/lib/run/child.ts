import {type ChildProcess, spawn} from 'node:child_process'
import {constants} from 'node:os'
import type {Transform} from 'node:stream'
import {PosternError} from '../../client/error.ts'
import type {Signals} from './signals.ts'

/** A command that is ready to be started. */
export interface Prepared {
  /** The file that is run, and the words that it gets, its own name the first. */
  file: string
  argv: readonly string[]
  variables: ReadonlyMap<string, string>
}

/** A command that runs. */
export interface Running {
  /** Its exit status, 128 and the signal's number where a signal ended it; once all that it wrote has gone on. */
  ended: Promise<number>
  /** Asks it to end, and ends it by force after `grace` milliseconds. */
  stop: (grace: number) => Promise<void>
}

/** How long what a command's own children write is waited for after it has ended, in milliseconds. */
const LINGER = 1000

/**
 * Starts a command, with this process's streams or copies of them, each through a mask of its own. With a terminal it shares
 * this process's group; without one it has a group of its own, which gets every signal that this process gets.
 * Its end fails with PosternError `command_not_executable`, `command_not_found` or `failed` where it was not started.
 */
export function startChild(
  {file, argv, variables}: Prepared,
  signals: Signals,
  mask: (() => Transform) | null,
): Running {
  const ownGroup = !signals.onTerminal
  const child = spawn(file, argv.slice(1), {
    argv0: argv[0],
    env: Object.fromEntries(variables),
    stdio: mask === null ? 'inherit' : ['inherit', 'pipe', 'pipe'],
    detached: ownGroup,
  })
  const send = (signal: NodeJS.Signals) => signalTo(child, signal, ownGroup)
  if (child.pid !== undefined) signals.attach(send)
  const said =
    mask === null
      ? []
      : [through(child.stdout!, mask(), process.stdout), through(child.stderr!, mask(), process.stderr)]
  const ended = new Promise<number>((done, fail) => {
    child.once('error', (error: NodeJS.ErrnoException) => fail(notStarted(error, file)))
    child.once('exit', async (code, signal) => {
      signals.attach(null)
      await Promise.race([Promise.all(said), later(LINGER)])
      done(code ?? 128 + constants.signals[signal!])
    })
  })
  return {
    ended,
    stop: async (grace) => {
      send('SIGTERM')
      const force = setTimeout(send, grace, 'SIGKILL')
      await ended.catch(() => {})
      clearTimeout(force)
    },
  }
}

const later = (ms: number) => new Promise<void>((done) => setTimeout(done, ms).unref())

/** Sends a signal to a command, or to its whole group. One that has ended gets none. */
function signalTo({pid}: ChildProcess, signal: NodeJS.Signals, group: boolean): void {
  try {
    process.kill(group ? -pid! : pid!, signal)
  } catch {
    // It has ended.
  }
}

/** Sends what comes through a mask, and is done when all of it has gone on. A reader that went away ends the command as it would without. */
const through = (from: NodeJS.ReadableStream, mask: Transform, to: NodeJS.WriteStream): Promise<void> =>
  new Promise((done) => {
    mask.once('end', done)
    to.once('error', () => {
      from.unpipe(mask)
      ;(from as unknown as {destroy: () => void}).destroy()
      done()
    })
    from.pipe(mask).pipe(to, {end: false})
  })

function notStarted({code}: NodeJS.ErrnoException, file: string): PosternError {
  if (code === 'EACCES' || code === 'ENOEXEC')
    return new PosternError('command_not_executable', 'The system does not run the command.', {
      next: `Name what runs it, as in -- sh ${/^[\w./+-]+$/.test(file) ? file : 'FILE'}; or check its first line and permissions.`,
    })
  if (code === 'ENOENT')
    return new PosternError('command_not_found', 'The command, or what its first line names to run it, is not there.', {
      next: 'Check its first line.',
    })
  return new PosternError('failed', `The command was not started (${code ?? 'failed'}).`)
}
