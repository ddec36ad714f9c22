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
  now(): Date
  /** Sets the status that the process ends with, and lets it end by itself. */
  exit(code: number): void
}

/** The real one. */
export function processWorld(): World {
  return {
    // A getter, because merely touching process.stdin opens it, and most commands read nothing.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
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
    stdoutIsTerminal: process.stdout.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    now: () => new Date(),
    exit(code) {
      process.exitCode = code
    },
  }
}
