import {number} from './report.js'
import {BATCH} from './requests.js'

const WRITERS = 16

/** So that all of it, writers too, is less than a server has in progress for one credential. */
const READERS = [1, 4]

/** Audited readings of 50 keys at a time, while others write. */
export const resolves = {
  name: 'resolves',
  takes: (seconds) => 2 * (2 * seconds + 10),
  async run(world, {seconds, report}) {
    report.section(`Audited resolves of ${BATCH} keys while ${WRITERS} writers run`, [
      `there is no route yet that resolves many keys. In its place: ${BATCH} readings of a variable, sent at once over a`,
      'kept connection (HTTP pipelining), each of which is authorized, opened and audited by itself; done when all are answered',
    ])
    const rows = []
    for (const engine of ['sqlite', 'postgres']) {
      const server = await world.start(engine)
      try {
        for (const readers of READERS) {
          const [read, written] = await Promise.all([
            world.load(server, {kind: 'batch', connections: readers, seconds}),
            world.load(server, {kind: 'write', connections: WRITERS, seconds}),
          ])
          const {perSecond, p50, p95, p99} = read
          const times = [p50, p95, p99].map(number)
          rows.push([
            engine,
            readers,
            ...[perSecond, perSecond * BATCH].map(number),
            ...times,
            number(written.perSecond),
          ])
        }
      } finally {
        await server.stop()
      }
    }
    report.table(
      ['engine', 'readers', 'resolves/s', 'keys/s', 'p50 ms', 'p95 ms', 'p99 ms', 'writes/s meanwhile'],
      rows,
    )
    report.note('no figure is set as a goal')
  },
}
