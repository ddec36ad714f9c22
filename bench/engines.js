import {isInMemory, syncRate} from './disk.js'
import {peakMegabytes} from './processor.js'
import {coreColumns, cores, number, ratio} from './report.js'

const GOAL = 3000
const asks = [
  {kind: 'write', connections: 1, what: 'writes'},
  {kind: 'write', connections: 16, what: 'writes'},
  {kind: 'write', connections: 64, what: 'writes'},
  {kind: 'list', connections: 16, what: 'lists of 100 names'},
  {kind: 'get', connections: 16, what: 'variables read, audited'},
]

/** PostgreSQL beside SQLite, turn by turn, so that the machine's moods reach both. */
export const engines = {
  name: 'engines',
  takes: (seconds) => asks.length * 2 * seconds + 10,
  async run(world, {seconds, report}) {
    report.section('PostgreSQL beside SQLite', [
      'a write is durable, sealed, versioned and audited; HTTPS with keep-alive; server, database and load on this machine',
      'server, database, load, others: cores that each was busy on',
      await world.about(),
    ])
    const disk = syncRate(world.folder)
    report.note(
      isInMemory(world.folder)
        ? 'the folder is in memory: nothing is durable there; name another with --folder'
        : `the disk: ${number(disk.perSecond)} pages of 8 KiB synced a second, one after the other; p50 ${number(disk.p50)} ms, p99 ${number(disk.p99)} ms`,
    )
    const servers = [await world.start('sqlite'), await world.start('postgres')]
    try {
      const rows = []
      let most = 0
      for (const {kind, connections, what} of asks) {
        let first = null
        for (const server of servers) {
          const {perSecond, p50, p99, cores: busy} = await world.load(server, {kind, connections, seconds})
          first ??= perSecond
          if (server.engine === 'postgres' && kind === 'write' && connections === 64) most = perSecond
          const times = [number(p50), number(p99), ratio(perSecond, first)]
          rows.push([what, server.engine, connections, number(perSecond), ...times, ...cores(busy)])
        }
      }
      report.table(['what', 'engine', 'connections', 'a second', 'p50 ms', 'p99 ms', 'to SQLite', ...coreColumns], rows)
      for (const {engine, pids} of servers)
        report.note(`the server’s memory at its peak, on ${engine}: ${number(peakMegabytes(pids[0]))} MB`)
      report.goal({
        what: 'durable audited writes on PostgreSQL, 64 connections',
        measured: Math.round(most),
        least: GOAL,
        unit: 'a second',
        from: 'on 2 cores in all',
      })
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
    }
  },
}
