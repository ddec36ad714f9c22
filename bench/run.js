// What a command costs against a bare Node, and how many durable writes a second the server takes. All from one run, so
// that the ratios hold on any machine. `npm run bench [rounds] [-- --large]`.
import {spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, openSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {firstLine, throughput} from './throughput.js'

const root = resolve(import.meta.dirname, '..')
const program = join(root, 'bin/run.js')
const large = process.argv.includes('--large')
const rounds = Number(process.argv.slice(2).find((word) => word !== '--large') ?? 25)
const home = mkdtempSync(join(tmpdir(), 'postern-bench-'))
const env = {
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
  run(['login', '--local', data])
  startUp()
  await throughput({url: adminUrl, home, data, pid: server.pid, large})
} finally {
  server.kill('SIGTERM')
  await new Promise((done) => server.once('exit', done))
  rmSync(home, {recursive: true})
}

function run(argv, input = '') {
  const {status, stderr} = spawnSync(process.execPath, argv[0] === '-e' ? argv : [program, ...argv], {env, input})
  if (status !== 0) throw new Error(`postern ${argv.join(' ')} ended with ${status}: ${stderr}`)
}

/** Turn by turn, so that the machine's moods reach all alike; the median of each. */
function startUp() {
  const set = ['secret', 'set', '--scope', 'bench', 'KEY']
  const commands = {'node -e 0': ['-e', '0'], 'secret set --dry-run': [...set, '--dry-run'], 'secret set': set}
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]))
  for (let round = -2; round < rounds; round += 1) {
    for (const [name, argv] of Object.entries(commands)) {
      const began = performance.now()
      run(argv, `value ${round}`)
      if (round >= 0) times[name].push(performance.now() - began)
    }
  }
  const bare = median(times['node -e 0'])
  console.log(`start-up on Node ${process.versions.node}, median of ${rounds} rounds`)
  for (const [name, all] of Object.entries(times)) {
    console.log(`  ${name.padEnd(22)} ${median(all).toFixed(0).padStart(5)} ms  ${(median(all) / bare).toFixed(2)}`)
  }
}

function median(all) {
  return all.toSorted((a, b) => a - b)[all.length >> 1]
}
