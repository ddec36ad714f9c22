import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {compared, rowsOf, run} from './start-up.js'
import {program} from './world.js'

/** What is compared with: installed outside of node_modules, and only here. */
const others = resolve(import.meta.dirname, '../build/bench-others')
const packages = ['@dotenvx/dotenvx@2.38.2', 'varlock@1.20.0']

/** What it costs to run a command with values, beside programs that read them from a file. */
export const running = (rounds) => ({
  name: 'run',
  takes: () => rounds * 4 + 60,
  async run(world, {report}) {
    report.section('What `postern run -- true` costs against bare Node', [
      `${packages.join(' and ')} read two values from a file; Postern fetches them from its server, which audits that`,
    ])
    install()
    const server = await world.start('sqlite')
    try {
      const commands = {'node -e 0': {argv: [process.execPath, '-e', '0'], env: server.env}, ...posternIn(server)}
      Object.assign(commands, othersIn(server))
      const times = compared(commands, rounds)
      report.table(['command', 'ms', 'to bare Node'], rowsOf(times))
      for (const name of ['dotenvx', 'varlock'])
        report.goal({
          what: `run -- true, in times of ${name} run -- true`,
          measured: times['postern run'].ms / times[`${name} run`].ms,
          most: 1,
          unit: 'times',
        })
    } finally {
      await server.stop()
    }
  },
})

function install() {
  if (existsSync(join(others, 'node_modules/varlock'))) return
  mkdirSync(others, {recursive: true})
  const words = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', others]
  run(['npm', 'install', ...words, ...packages], process.env)
}

/** As a workload with a token of its own, and as a person, for whom the server makes a credential first. */
function posternIn({env, home, targets: [{url, ca}]}) {
  const postern = (...words) => run([process.execPath, program, ...words], env)
  postern('environment', 'create', 'run')
  postern('environment', 'bind', 'run', '--scope', 'bench', '--key', 'KEY_1', '--key', 'KEY_2')
  const token = join(home, 'run-token')
  writeFileSync(token, postern('token', 'create', 'run', '--environment', 'run'), {mode: 0o600})
  const workload = {...env, POSTERN_URL: url, POSTERN_CA_FILE: ca, POSTERN_TOKEN_FILE: token}
  const argv = [process.execPath, program, 'run']
  // Once, so that it is known that the values arrive: `true` would not miss them.
  const seen = run([...argv, '--', 'printenv', 'KEY_1'], workload).toString()
  if (!seen.startsWith('value ')) throw new Error(`the command got ${JSON.stringify(seen)}`)
  return {
    'postern run': {argv: [...argv, '--', 'true'], env: workload},
    'postern run, as a person': {argv: [...argv, '--environment', 'run', '--', 'true'], env},
  }
}

function othersIn({env, home}) {
  const cwd = join(home, 'others')
  mkdirSync(cwd)
  writeFileSync(join(cwd, '.env'), 'KEY_1=value 1\nKEY_2=value 2\n')
  writeFileSync(join(cwd, '.env.schema'), 'KEY_1=\nKEY_2=\n')
  const script = (name) => {
    const folder = join(others, 'node_modules', name)
    const {bin} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return join(folder, Object.values(typeof bin === 'string' ? {bin} : bin)[0])
  }
  const of = (name, ...words) => ({argv: [process.execPath, script(name), 'run', ...words, '--', 'true'], cwd})
  // Varlock counts its users over the network, unless it is told not to.
  return {
    'dotenvx run': {...of('@dotenvx/dotenvx', '--quiet'), env},
    'varlock run': {...of('varlock'), env: {...env, PH_OPT_OUT: 'true'}},
  }
}
