import {PassThrough, Readable} from 'node:stream'
import type {Config} from '@oclif/core'
import type {World} from '../../../src/lib/command/world.ts'

const config = {
  bin: 'postern',
  runHook: async () => ({successes: [], failures: []}),
  scopedEnvVar: () => undefined,
  scopedEnvVarKeys: () => [],
} as unknown as Config

interface Runnable {
  world: World
  _run(): Promise<unknown>
}

/** Runs a command in this process, within a stated world, and gives what came out of it. */
export async function run(
  command: {new (argv: string[], config: Config): unknown; id?: string},
  id: string,
  argv: string[],
  given: Partial<World> & {input?: string | Buffer} = {},
): Promise<{exit: number; stdout: string; stderr: string; result: unknown}> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  let exit = 0
  command.id = id
  const made = new command(argv, config) as Runnable
  made.world = {
    stdin: Readable.from(given.input === undefined ? [] : [Buffer.from(given.input)]),
    stdout,
    stderr,
    env: {},
    environ: () => null,
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    stdoutIsGone: false,
    now: () => new Date('2026-11-24T12:00:00Z'),
    exit: (code) => {
      exit = code
    },
    ...given,
  }
  const result = await made._run()
  return {exit, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? ''), result}
}
