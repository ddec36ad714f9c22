import type {ChildProcess} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {engineEnv} from './engine.ts'
import {homeEnv, start} from './program.ts'

export interface ServerOptions {
  /** The data folder; kept when the server stops. */
  data: string
  /** Whose environment it runs in. */
  home: string
  args?: readonly string[]
  env?: Record<string, string | undefined>
  /** Is given the process before it is ready. */
  onSpawn?: (child: ChildProcess) => void
}

/** A real server in a process of its own. */
export interface RunningServer {
  url: string
  dashboardUrl: string
  data: string
  /** The private CA, PEM. */
  ca: string
  process: ChildProcess
  /** Everything it wrote so far, logs included. */
  output: () => string
  /** Ends it, by default by SIGTERM, and gives its exit status; null: a signal ended it. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** Starts a server on free ports of loopback and returns once it is ready. */
export async function startServer({data, home, args = [], env, onSpawn}: ServerOptions): Promise<RunningServer> {
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']
  const argv = ['server', 'start', '--data', data, ...listen, '--json', ...args]
  const child = start(argv, {...homeEnv(home), ...(await engineEnv(argv)), ...env})
  onSpawn?.(child)
  let stdout = ''
  let stderr = ''
  child.stderr?.on('data', (part: Buffer) => {
    stderr += part
  })
  const ended = new Promise<number | null>((done) => child.on('close', done))
  const ready = await new Promise<{url: string; dashboardUrl: string}>((done, fail) => {
    child.on('error', fail)
    child.stdout?.on('data', (part: Buffer) => {
      stdout += part
      const facts = readyLine(stdout)
      if (facts !== null) done(facts)
    })
    ended.then((code) => fail(new Error(`the server ended with ${code}:\n${stdout}${stderr}`)))
  })
  return {
    ...ready,
    data,
    ca: readFileSync(join(data, 'tls/ca.crt'), 'utf8'),
    process: child,
    output: () => stdout + stderr,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return ended
    },
  }
}

/** What the server says once it listens: the first line of JSON that names its URL. */
function readyLine(text: string): {url: string; dashboardUrl: string} | null {
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      const {adminUrl, dashboardUrl} = JSON.parse(line) as {adminUrl?: string; dashboardUrl?: string}
      if (adminUrl !== undefined && dashboardUrl !== undefined) return {url: adminUrl, dashboardUrl}
    } catch {
      // A line of text.
    }
  }
  return null
}
