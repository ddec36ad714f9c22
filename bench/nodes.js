import {availableParallelism} from 'node:os'
import {coreColumns, cores, number, ratio} from './report.js'

const CONNECTIONS = 64
const asks = {write: 'writes', list: 'lists of 100 names', get: 'variables read, audited'}

/** One to three servers on one PostgreSQL, with as many connections in all. */
export const nodes = {
  name: 'nodes',
  takes: (seconds) => 3 * (Object.keys(asks).length * seconds + 10),
  async run(world, {seconds, report}) {
    report.section('One to three nodes on one PostgreSQL', [
      `${CONNECTIONS} connections in all, spread evenly; nodes, database and load share ${availableParallelism()} cores, so a node more adds no processor`,
      await world.about(),
    ])
    const first = {}
    const rows = []
    for (const count of [1, 2, 3]) {
      const server = await world.start('postgres', {nodes: count})
      try {
        for (const [kind, what] of Object.entries(asks)) {
          const {perSecond, p50, p99, cores: busy} = await world.load(server, {kind, connections: CONNECTIONS, seconds})
          first[kind] ??= perSecond
          const times = [number(p50), number(p99), ratio(perSecond, first[kind])]
          rows.push([what, count, number(perSecond), ...times, ...cores(busy)])
        }
      } finally {
        await server.stop()
      }
    }
    report.table(['what', 'nodes', 'a second', 'p50 ms', 'p99 ms', 'to one', ...coreColumns], rows)
  },
}
