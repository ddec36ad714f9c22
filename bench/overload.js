import {readFileSync} from 'node:fs'
import {Agent, get} from 'node:https'
import {join} from 'node:path'
import {coreColumns, cores, number, ratio} from './report.js'

/** How many kept connections the load has: twice what one credential may have in progress. */
const CONNECTIONS = 512

/** Twice the load that a server can bear. */
export const overload = {
  name: 'overload',
  takes: (seconds) => 2 * (3 * seconds + 30),
  async run(world, {seconds, report}) {
    report.section('Twice the load that it can bear', [
      'first writes as fast as 64 connections are answered; then twice as many are due a second, whatever is answered, over',
      `${number(CONNECTIONS)} kept connections. Times are of acknowledged writes, from when each was due: what waited for a`,
      'connection waited for the server. Afterwards every acknowledged version is looked for in the histories.',
    ])
    const rows = []
    const goals = []
    for (const engine of ['sqlite', 'postgres']) {
      const server = await world.start(engine)
      try {
        const closed = await world.load(server, {kind: 'write', connections: 64, seconds})
        const bears = closed.perSecond
        const calm = [closed.p50, closed.p95, closed.p99].map(number)
        rows.push([
          engine,
          'what it can bear',
          '-',
          number(bears),
          '1.00',
          ...calm,
          ...Array(4).fill('-'),
          ...cores(closed.cores),
        ])
        const acks = join(server.home, 'acks')
        const over = {mix: {write: 1}, rate: 2 * bears, seconds: 2 * seconds, connections: CONNECTIONS, acks}
        const {kinds, total, donePerSecond, unanswered, cores: busy, lag} = await world.openLoop(server, over)
        const {acknowledged, statuses, retryAfter, errors, p50, p95, p99} = kinds.write
        const shed = statuses[503] ?? 0
        // Other statuses, and connections that were lost.
        const wrong = total - unanswered - acknowledged - shed
        const missing = await notThere(server.targets[0], acks)
        const share = (count) => `${((count / total) * 100).toFixed(1)} %`
        rows.push([
          engine,
          'twice that',
          number(2 * bears),
          number(donePerSecond),
          ratio(donePerSecond, bears),
          ...[p50, p95, p99].map(number),
          ...[acknowledged, shed, wrong, unanswered].map(share),
          ...cores(busy),
        ])
        report.note(`${engine}: the load itself was late by ${number(lag.p99)} ms at p99 of ${number(total)}`)
        if (wrong > 0)
          report.note(`${engine}: answered ${JSON.stringify(statuses)}, and ${number(errors)} connections lost`)
        const left = {measured: missing, most: 0, unit: `of ${number(acknowledged)}`}
        goals.push({what: `${engine}, acknowledged writes that are not there`, ...left})
        goals.push({
          what: `${engine}, 503 without Retry-After`,
          measured: shed - retryAfter,
          most: 0,
          unit: `of ${number(shed)}`,
        })
        goals.push({
          what: `${engine}, other failures, and no answer`,
          measured: wrong + unanswered,
          most: 0,
          unit: `of ${number(total)}`,
        })
      } finally {
        await server.stop()
      }
    }
    report.table(
      [
        'engine',
        'load',
        'due/s',
        'done/s',
        'to first',
        'p50 ms',
        'p95 ms',
        'p99 ms',
        'done',
        '503',
        'failed',
        'no answer',
        ...coreColumns,
      ],
      rows,
    )
    for (const goal of goals) report.goal(goal)
  },
}

/** How many acknowledged versions no history shows; a version that was acknowledged twice is one that is not there. */
async function notThere({url, ca, token}, acks) {
  const agent = new Agent({keepAlive: true, ca: readFileSync(ca)})
  const headers = {authorization: `Bearer ${readFileSync(token, 'utf8').trim()}`}
  const ask = (path) =>
    new Promise((done, fail) => {
      get(`${url}/admin/v1/orgs/default/${path}`, {agent, headers}, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part) => {
          text += part
        })
        answer.on('end', () =>
          answer.statusCode === 200 ? done(JSON.parse(text)) : fail(new Error(`answered ${answer.statusCode}`)),
        )
      }).on('error', fail)
    })
  let missing = 0
  for (const [key, versions] of grouped(acks)) {
    const stored = new Set()
    let cursor = null
    do {
      const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = await ask(`secrets/${key}/history?scope=bench&limit=1000${more}`)
      for (const {version} of page.items) stored.add(version)
      cursor = page.nextCursor
    } while (cursor !== null)
    for (const version of versions) if (!stored.delete(version)) missing += 1
  }
  agent.destroy()
  return missing
}

/** Versions by key, from lines of `key version`. */
function grouped(file) {
  const byKey = new Map()
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const [key, version] = line.split(' ')
    byKey.set(key, [...(byKey.get(key) ?? []), Number(version)])
  }
  return byKey
}
