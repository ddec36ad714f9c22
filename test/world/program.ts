import {type ChildProcess, spawn} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {engineEnv} from './engine.ts'

/** The built program, as it is installed. */
export const program = resolve(import.meta.dirname, '../../bin/run.js')

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string | undefined>
  stdin?: string | Uint8Array
  cwd?: string
}

/** A folder that goes away with `remove`. */
export function tempFolder(): {path: string; remove: () => void} {
  const path = mkdtempSync(join(tmpdir(), 'postern-test-'))
  return {path, remove: () => rmSync(path, {recursive: true, force: true})}
}

/** The environment of somebody whose home is `home`: nothing of the machine's own settings, keychain or proxies. */
export function homeEnv(home: string): Record<string, string> {
  const at = (name: string) => {
    const path = join(home, name)
    mkdirSync(path, {recursive: true, mode: 0o700})
    return path
  }
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TMPDIR: at('tmp'),
    XDG_CONFIG_HOME: at('config'),
    XDG_CACHE_HOME: at('cache'),
    XDG_DATA_HOME: at('data'),
    XDG_STATE_HOME: at('state'),
    LANG: 'C.UTF-8',
  }
}

/** Starts the program; stdin is a pipe. */
export function start(argv: readonly string[], env: Record<string, string | undefined>, cwd?: string): ChildProcess {
  return spawn(process.execPath, [program, ...argv], {env, cwd, stdio: 'pipe'})
}

/** Runs the program to its end. Without `stdin`, it is an empty pipe. */
export async function run(argv: readonly string[], home: string, options: RunOptions = {}): Promise<Ran> {
  const child = start(argv, {...homeEnv(home), ...(await engineEnv(argv)), ...options.env}, options.cwd)
  child.stdin?.on('error', () => {}).end(options.stdin ?? '')
  return finished(child)
}

/** What a child wrote, and how it ended. */
export async function finished(child: ChildProcess): Promise<Ran> {
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done)),
  ])
  return {code, stdout, stderr}
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
