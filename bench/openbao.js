import {coreColumns, cores, number} from './report.js'

const RATE = 500
const READS = 90
const WRITES = 10
const NAMES = 10
const BYTES = 100

/** How many requests may be under way: the published run has 2,000 workers. */
const WORKERS = 2000

/**
 * What OpenBao published for 2.5.1, in milliseconds: https://openbao.org/blog/improved-horizontal-scalability, three nodes
 * behind a load balancer on Azure, runs of 5 minutes. It has no p50.
 */
const published = {
  reads: {mean: 5.75, p95: 19.55, p99: 36.94},
  writes: {mean: 58.08, p95: 105.9, p99: 239.21},
}

/** What stands for a reading of a KV secret. */
const shapes = {get: 'a variable’s value, audited', list: '100 names, no value'}

/** The shape of OpenBao's published KV benchmark. */
export const openbao = {
  name: 'openbao',
  takes: (seconds) => 2 * 2 * (2 * seconds + 10),
  async run(world, {seconds, report}) {
    report.section(`OpenBao’s published shape: ${RATE} requests a second, ${READS} reads to ${WRITES} writes`, [
      `a new TLS connection each, no session resumed; ${NAMES} names, values of ${BYTES} bytes; times are counted from when a`,
      'request was due, its handshake included. A read is what the table says; a write is a new version of a secret, audited.',
      'Published are OpenBao 2.5.1’s figures, of other machines: three nodes on Azure, the load elsewhere, a read is one of',
      'kv v1. So they say what is usual, not who is faster.',
    ])
    const rows = Object.entries(published).map(([what, {mean, p95, p99}]) => [
      what,
      'OpenBao, published',
      RATE,
      ...[mean, null, p95, p99].map(number),
      ...Array(5).fill(''),
    ])
    const goals = []
    for (const engine of ['sqlite', 'postgres']) {
      for (const [kind, read] of Object.entries(shapes)) {
        const server = await world.start(engine)
        try {
          const {
            kinds,
            total,
            donePerSecond,
            cores: busy,
            lag,
          } = await world.openLoop(server, {
            mix: {[kind]: READS, write: WRITES},
            rate: RATE,
            seconds: 2 * seconds,
            names: NAMES,
            bytes: BYTES,
            connections: WORKERS,
            fresh: true,
          })
          const line = (what, {mean, p50, p95, p99, due, acknowledged}) =>
            rows.push([
              what,
              engine,
              number(Math.round(donePerSecond)),
              ...[mean, p50, p95, p99].map(number),
              number(due - acknowledged),
              ...cores(busy),
            ])
          line(`reads of ${read}`, kinds[kind])
          line(`writes beside them`, kinds.write)
          report.note(
            `${engine}, ${read}: the load itself was late by ${number(lag.p99)} ms at p99 of ${number(total)}`,
          )
          if (kind === 'get') goals.push([engine, p99Of(kinds.get), p99Of(kinds.write), donePerSecond])
        } finally {
          await server.stop()
        }
      }
    }
    report.table(
      ['what', 'engine', 'done/s', 'mean ms', 'p50 ms', 'p95 ms', 'p99 ms', 'not done', ...coreColumns],
      rows,
    )
    const from = 'OpenBao 2.5.1, as published'
    for (const [engine, read, write, rate] of goals) {
      report.goal({what: `${engine} keeps up`, measured: rate, least: RATE * 0.99, unit: 'requests a second'})
      report.goal({what: `${engine}, p99 of reads`, measured: read, most: published.reads.p99, unit: 'ms', from})
      report.goal({what: `${engine}, p99 of writes`, measured: write, most: published.writes.p99, unit: 'ms', from})
    }
  },
}

/** What was never done has no time, and may be the slowest. */
const p99Of = ({due, acknowledged, p99}) => (due === acknowledged ? p99 : null)
