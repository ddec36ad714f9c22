import {readFileSync, writeFileSync} from 'node:fs'
import {request} from 'node:https'
import {join} from 'node:path'
import {number} from './report.js'
import {run} from './start-up.js'
import {program} from './world.js'

const KEYS = 500
const WRITERS = 16

/** Connections that resolve, and whether others write meanwhile: so that all of it is less than a server has in progress for one credential. */
const asks = [
  {readers: 1, writers: 0},
  {readers: 4, writers: 0},
  {readers: 1, writers: WRITERS},
  {readers: 4, writers: WRITERS},
]

/** Workloads that resolve an environment of 500 secrets, each resolve with its audit entry, alone and while others write. */
export const resolves = {
  name: 'resolves',
  takes: (seconds) => 2 * (asks.length * seconds + 15),
  async run(world, {seconds, report}) {
    report.section(`Resolves of ${KEYS} secrets`)
    const rows = []
    const goals = []
    for (const engine of ['sqlite', 'postgres']) {
      const server = await world.start(engine)
      try {
        const workload = await environment(world, server)
        for (const {readers, writers} of asks) {
          const [read, written] = await Promise.all([
            world.load(workload, {kind: 'resolve', connections: readers, seconds}),
            writers === 0 ? null : world.load(server, {kind: 'write', connections: writers, seconds}),
          ])
          const {perSecond, p50, p95, p99, cores} = read
          rows.push([
            engine,
            readers,
            ...[perSecond, perSecond * KEYS, p50, p95, p99, written?.perSecond ?? null].map(number),
            cores.server.toFixed(2),
          ])
          if (readers === 1 && writers === 0)
            goals.push({what: `p99 of a resolve of ${KEYS} secrets, ${engine}`, measured: p99, most: 10, unit: 'ms'})
        }
      } finally {
        await server.stop()
      }
    }
    report.table(
      ['engine', 'readers', 'resolves/s', 'keys/s', 'p50 ms', 'p95 ms', 'p99 ms', 'writes/s meanwhile', 'server'],
      rows,
    )
    for (const goal of goals) report.goal(goal)
  },
}

/** The server as its workload sees it: an environment of `KEYS` secrets of 100 bytes, and a token for it. */
async function environment(world, server) {
  await world.seed(server, {noun: 'secrets', scope: 'resolved', versions: KEYS, names: KEYS, bytes: 100})
  const postern = (...words) => run([process.execPath, program, ...words], server.env)
  postern('environment', 'create', 'bench')
  postern('environment', 'bind', 'bench', '--scope', 'resolved')
  const token = join(server.home, 'workload-token')
  writeFileSync(token, postern('token', 'create', 'bench', '--environment', 'bench'), {mode: 0o600})
  const [target] = server.targets
  const {items} = JSON.parse(await first(target, token))
  if (items.length !== KEYS) throw new Error(`resolves ${items.length} keys, not ${KEYS}`)
  return {...server, targets: server.targets.map((one) => ({...one, token}))}
}

function first({url, ca}, token) {
  return new Promise((done, fail) => {
    const headers = {authorization: `Bearer ${readFileSync(token, 'utf8').trim()}`}
    request(`${url}/workload/v1/resolve`, {ca: readFileSync(ca), headers}, async (answer) => {
      let text = ''
      for await (const part of answer.setEncoding('utf8')) text += part
      if (answer.statusCode === 200) done(text)
      else fail(new Error(`answered ${answer.statusCode}: ${text}`))
    })
      .on('error', fail)
      .end()
  })
}
