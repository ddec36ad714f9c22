import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {chmodSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {newCanary} from '../world/canary.ts'
import {databaseUrl} from '../world/engine.ts'
import {type Nodes, startNodes} from '../world/nodes.ts'
import {freePort, query} from '../world/postgres.ts'
import {run, tempFolder} from '../world/program.ts'
import {succeed} from '../world/world.ts'
import {startWriters} from '../world/writers.ts'

const version = spawnSync('pgbouncer', ['--version'], {encoding: 'utf8'}).stdout?.match(/PgBouncer/)
/** Starts of one to three servers: what they meet of each other is never the same. */
const ROUNDS = 9

const folder = tempFolder()
const nodes: Nodes[] = []
const poolers: ChildProcess[] = []
beforeAll(() => {
  if (version === undefined && process.env.CI === 'true') throw new Error('pgbouncer is missing')
  if (version === undefined) console.warn('SKIPPED: pgbouncer is missing')
})
afterAll(async () => {
  for (const one of nodes) await one.close()
  for (const pooler of poolers) pooler.kill('SIGKILL')
  folder.remove()
})

/** A pooler of this mode, until the end of the tests; gives the URL of a database through it. */
async function startPooler(mode: 'session' | 'transaction'): Promise<(name: string) => string> {
  const behind = new URL(await databaseUrl('postgres'))
  const port = await freePort()
  const settings = join(folder.path, `${mode}.ini`)
  chmodSync(folder.path, 0o755)
  writeFileSync(
    settings,
    `[databases]
* = host=127.0.0.1 port=${behind.port} user=postern
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 40
${process.getuid?.() === 0 ? 'user = nobody' : ''}
`,
  )
  const pooler = spawn('pgbouncer', [settings], {stdio: ['ignore', 'ignore', 'pipe']})
  poolers.push(pooler)
  await new Promise<void>((done) =>
    pooler.stderr!.on('data', (part: Buffer) => /process up/.test(String(part)) && done()),
  )
  return (name) => `postgres://postern@127.0.0.1:${port}/${name}`
}

test.skipIf(version === undefined)('several nodes work through PgBouncer in session mode', async () => {
  const name = `pooled_${randomUUID()}`
  await databaseUrl(name)
  const n = await startNodes(name, 2, (await startPooler('session'))(name))
  nodes.push(n)
  let asked = 0
  const writers = startWriters({
    count: 6,
    scope: 'pooled',
    token: n.token,
    canary: newCanary(),
    server: () => n.all[asked++ % 2]!,
  })
  await writers.more(200)
  await writers.stop()
  expect([writers.problems, writers.unknown()]).toEqual([[], 0])
  for (const node of n.all) await succeed(n.cli(node, ['audit', 'verify']))
})

test.skipIf(version === undefined)(
  'in transaction mode, every start is refused and says so, alone or with others, and changes nothing',
  async () => {
    const through = await startPooler('transaction')
    const home = join(folder.path, 'home')
    for (let round = 0; round < ROUNDS; round++) {
      const name = `pooled_${randomUUID()}`
      const direct = await databaseUrl(name)
      const starts = Array.from({length: 1 + (round % 3)}, (_, index) =>
        run(['server', 'start', '--data', join(folder.path, name, String(index)), '--listen', '127.0.0.1:0'], home, {
          env: {POSTERN_DATABASE_URL: through(name)},
        }),
      )
      for (const {code, stderr} of await Promise.all(starts)) {
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(
            /^Error: The database .* cannot be used: a pooler in between gives each transaction another session\.\nNext: set it to session mode; nothing was changed\n$/,
          ),
        ])
      }
      expect(await query(direct, "select 1 from pg_tables where schemaname = 'public'")).toEqual([])
    }
  },
)
