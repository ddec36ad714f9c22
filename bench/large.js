import {peakMegabytes} from './processor.js'
import {number, ratio} from './report.js'

const SIZES = [100_000, 1_000_000]
const asks = [
  {kind: 'write', connections: 1},
  {kind: 'write', connections: 64},
  {kind: 'list', connections: 16},
]

/** What many stored versions cost, over 10,000 names; `cost` is against the same ask of a store with 2,000. */
export const large = {
  name: 'large',
  byName: true,
  takes: (seconds) => 2 * (3 * asks.length * seconds + 300),
  async run(world, {seconds, report}) {
    report.section('What a million versions cost')
    const rows = []
    for (const engine of ['sqlite', 'postgres']) {
      const server = await world.start(engine)
      try {
        const first = {}
        let stored = 2000
        for (const versions of [stored, ...SIZES]) {
          if (versions > stored)
            stored += (await world.seed(server, {noun: 'secrets', versions: versions - stored, names: 10_000})).made
          for (const {kind, connections} of asks) {
            const {perSecond, p50, p99, made} = await world.load(server, {kind, connections, seconds})
            if (kind === 'write') stored += made
            const name = `${kind}, ${connections} connections`
            first[name] ??= perSecond
            const cost = ratio(first[name], perSecond)
            rows.push([name, engine, number(versions), number(perSecond), number(p50), number(p99), cost])
          }
        }
        report.note(`the server’s memory at its peak, on ${engine}: ${number(peakMegabytes(server.pids[0]))} MB`)
      } finally {
        await server.stop()
      }
    }
    report.table(['what', 'engine', 'versions', 'a second', 'p50 ms', 'p99 ms', 'cost'], rows)
  },
}
