// Servers to measure, on either engine, and the loads that ask them, each in a process of its own on the same machine.
import {spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {chmodSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {createInterface} from 'node:readline'
import {durablePostgres} from './postgres.js'
import {run} from './start-up.js'

const root = resolve(import.meta.dirname, '..')
export const program = join(root, 'bin/run.js')

/** How many names the loads write and read; a list shows the first hundred. */
export const NAMES = 1000

/** How long a child may take beyond what it was given, and to start or to end, in milliseconds: nothing here goes on for ever. */
const GRACE = 60_000

/**
 * What the sections share: a folder under `parent` for all stores, one PostgreSQL, started when it is first needed.
 * `profile` is a folder for a processor profile of each server; null: none.
 */
export function openWorld({parent, profile}) {
  const folder = mkdtempSync(join(parent, 'postern-bench-'))
  // PostgreSQL's own user must get into it; what is private below is so by itself.
  chmodSync(folder, 0o755)
  const running = new Set()
  let postgres = null
  let made = 0
  const cluster = () => (postgres ??= durablePostgres(folder))

  /** A server on a new store, or several on one PostgreSQL, with its owner signed in and `NAMES` variables. */
  async function start(engine, {nodes = 1} = {}) {
    const name = `bench_${made++}`
    const home = join(folder, name)
    mkdirSync(home, {mode: 0o700})
    const env = environment(home)
    const database = engine === 'postgres' ? await cluster() : null
    if (database !== null) {
      await database.createDatabase(name)
      env.POSTERN_DATABASE_URL = database.url(name)
    }
    const key = join(home, 'root.key')
    writeFileSync(key, randomBytes(32).toString('base64'), {mode: 0o600})
    const children = []
    const stop = async () => {
      await Promise.all(children.map(end))
      for (const child of children) running.delete(child)
    }
    try {
      for (let node = 0; node < nodes; node += 1) {
        const data = join(home, `data-${node}`)
        const argv = [program, 'server', 'start', '--data', data, '--root-key-file', key, '--listen', '127.0.0.1:0']
        const profiled = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
        const child = spawn(process.execPath, [...profiled, ...argv, '--json'], {
          env,
          stdio: ['ignore', 'pipe', openSync(join(home, `log-${node}`), 'w')],
        })
        running.add(child)
        children.push(child)
        const {adminUrl} = await firstLine(child, GRACE).catch((error) => {
          throw new Error(`no server: ${readFileSync(join(home, `log-${node}`), 'utf8').slice(-500)}`, {cause: error})
        })
        child.facts = {url: adminUrl, ca: join(data, 'tls/ca.crt')}
      }
      run([process.execPath, program, 'login', '--local', join(home, 'data-0')], env)
      const tokens = join(env.XDG_CONFIG_HOME, 'postern/tokens')
      const token = join(tokens, readdirSync(tokens)[0])
      const server = {
        engine,
        env,
        home,
        pids: children.map(({pid}) => pid),
        targets: children.map(({facts}) => ({...facts, token})),
        watch: {server: children.map(({pid}) => pid), database: database === null ? [] : [database.process().pid]},
        stop,
      }
      for (const noun of ['variables', 'secrets']) await seed(server, {noun, versions: NAMES, names: NAMES, bytes: 100})
      return server
    } catch (error) {
      await stop()
      throw error
    }
  }

  /** Runs a load to its end, and gives what it measured. */
  async function child(file, {targets, watch}, spec) {
    const argv = [join(import.meta.dirname, file), JSON.stringify({names: NAMES, targets, watch, ...spec})]
    const started = spawn(process.execPath, argv, {stdio: ['ignore', 'pipe', 'inherit']})
    running.add(started)
    try {
      return await firstLine(started, (spec.seconds ?? 600) * 1000 + GRACE)
    } finally {
      running.delete(started)
    }
  }
  const seed = (server, spec) => child('seed.js', server, {...server.targets[0], ...spec})

  return {
    folder,
    /** Of PostgreSQL, for people. */
    about: async () => (await cluster()).about,
    start,
    seed,
    load: (server, spec) => child('load.js', server, spec),
    openLoop: (server, spec) => child('open-loop.js', server, spec),
    close: async () => {
      await Promise.all([...running].map(end))
      await (await postgres)?.remove()
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

/** With the certificates that the machine adds: reading them is part of every start of Node, also of the bare one. */
function environment(home) {
  const {NODE_EXTRA_CA_CERTS, PATH} = process.env
  return {
    ...(NODE_EXTRA_CA_CERTS && {NODE_EXTRA_CA_CERTS}),
    PATH,
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
  }
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), GRACE)
  await ended
  clearTimeout(impatient)
}

/** What a child says first, as JSON; one that takes longer, in milliseconds, is ended. */
async function firstLine(child, most) {
  const impatient = setTimeout(() => child.kill('SIGKILL'), most)
  let text = ''
  try {
    for await (const line of createInterface({input: child.stdout})) {
      text += line
      try {
        return JSON.parse(text)
      } catch {
        // A JSON text of many lines: the rest comes.
      }
    }
  } finally {
    clearTimeout(impatient)
  }
  throw new Error(`${child.spawnargs.find((word) => word.endsWith('.js'))} said nothing`)
}
