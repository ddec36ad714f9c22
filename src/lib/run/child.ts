import {type ChildProcess, spawn} from 'node:child_process'
import {constants} from 'node:os'
import type {Readable, Transform} from 'node:stream'
import {setTimeout as pause} from 'node:timers/promises'
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
/** How long nothing comes when all that it wrote itself has been read, in milliseconds. */
const QUIET = 100

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
  const allSaid = Promise.all(said.map(({done}) => done))
  const ended = new Promise<number>((done, fail) => {
    child.once('error', (error: NodeJS.ErrnoException) => fail(notStarted(error, file)))
    child.once('exit', async (code, signal) => {
      signals.attach(null)
      await Promise.race([allSaid, later(LINGER)])
      await Promise.all(said.map(({endOnceQuiet}) => endOnceQuiet()))
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

/**
 * Sends what comes through a mask, and is done when all of it has gone on. `endOnceQuiet` waits until what came before has gone on,
 * and for nothing that still holds the pipe open. A reader that went away ends the command as it would without.
 */
function through(from: Readable, mask: Transform, to: NodeJS.WriteStream) {
  let came = 0
  let over = false
  from.on('data', () => {
    came += 1
  })
  const end = () => {
    from.unpipe(mask)
    from.destroy()
    mask.end()
  }
  const done = new Promise<void>((said) => {
    mask.once('end', () => {
      over = true
      said()
    })
    to.once('error', () => {
      over = true
      end()
      said()
    })
    from.pipe(mask).pipe(to, {end: false})
  })
  const endOnceQuiet = async () => {
    for (let before = -1; !over && (came > before || mask.writableNeedDrain || to.writableNeedDrain); ) {
      before = came
      await pause(QUIET)
    }
    if (!over) end()
    await done
  }
  return {done, endOnceQuiet}
}

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
