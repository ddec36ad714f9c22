import {readFileSync} from 'node:fs'
import type {Readable, Writable} from 'node:stream'

/** All of the outside that a command may touch, so that a test can state it. */
export interface World {
  stdin: Readable
  stdout: Writable
  stderr: Writable
  env: Readonly<Record<string, string | undefined>>
  /** The environment block as the system gave it, `NAME=bytes` ended by NUL; null where the system does not show it. */
  environ(): Buffer | null
  stdinIsTerminal: boolean
  stdoutIsTerminal: boolean
  stderrIsTerminal: boolean
  /** Whether who read stdout has gone: what is written there goes nowhere. */
  stdoutIsGone: boolean
  now(): Date
  /** Sets the status that the process ends with, and lets it end by itself. */
  exit(code: number): void
}

/** The real one. */
export function processWorld(): World {
  return {
    // Getters, because merely touching a stream of the process opens it, and that takes time.
    get stdin() {
      return process.stdin
    },
    get stdout() {
      return watched(process.stdout)
    },
    get stderr() {
      return process.stderr
    },
    env: process.env,
    environ() {
      try {
        return readFileSync('/proc/self/environ')
      } catch {
        return null
      }
    },
    get stdinIsTerminal() {
      return process.stdin.isTTY === true
    },
    get stdoutIsTerminal() {
      return process.stdout.isTTY === true
    },
    get stderrIsTerminal() {
      return process.stderr.isTTY === true
    },
    get stdoutIsGone() {
      return gone.has(process.stdout)
    },
    now: () => new Date(),
    exit(code) {
      process.exitCode = code
    },
  }
}

const seen = new WeakSet<Writable>()
const gone = new WeakSet<Writable>()

/** A reader that went away is no error, as for every filter; a full disk is, and takes a line to say. */
function watched(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  if (seen.has(stdout)) return stdout
  seen.add(stdout)
  // Before oclif's own listener, which throws what it does not know.
  return stdout.prependListener('error', ({code}: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') {
      gone.add(stdout)
      return
    }
    process.stderr.write(`Error: stdout cannot be written (${code ?? 'failed'}); what was done before stays done.\n`)
    process.exit(1)
  })
}
