import {connect, type TLSSocket} from 'node:tls'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {MAX_IN_PROGRESS} from '../../src/contract/limits.ts'
import {request} from '../world/request.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

/** Of each connection, sent without waiting for answers: together some four times what one credential may have in progress. */
const CONNECTIONS = 8
const AT_ONCE = MAX_IN_PROGRESS / 4 - 4

let w: World
let other: string
beforeAll(async () => {
  w = await world()
  other = (await succeed(w.cli(['token', 'create', 'other', '--role', 'owner']))).stdout.trim()
})
afterAll(async () => {
  await w?.close()
})

interface Deletion {
  key: string
  requestId: string
}
interface Answered extends Deletion {
  status: number
  head: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  json: any
}

const textOf = ({key, requestId}: Deletion) =>
  `DELETE /admin/v1/orgs/default/variables/${key}?scope=load HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${w.token}\r\nx-request-id: ${requestId}\r\n\r\n`

/** The keys that are there. */
async function stored(cursor?: string): Promise<string[]> {
  const query = {scope: 'load', limit: 1000, ...(cursor !== undefined && {cursor})}
  const {json} = await asToken(w.server, w.token, 'variablesList', {params: {org: 'default'}, query})
  const keys = json.items.map(({key}) => key)
  return json.nextCursor === null ? keys : [...keys, ...(await stored(json.nextCursor))]
}

const open = () =>
  new Promise<TLSSocket>((done, fail) => {
    const {hostname: host, port} = new URL(w.server.url)
    const socket = connect({host, port: Number(port), ca: w.server.ca}, () => done(socket)).on('error', fail)
  })

/** Sends all of them at once over one connection, and gives the answers, which come in their order. */
async function sendAll(socket: TLSSocket, asked: readonly Deletion[]): Promise<Answered[]> {
  socket.write(asked.map(textOf).join(''))
  const answered: Answered[] = []
  let text = ''
  for await (const part of socket.setEncoding('utf8')) {
    text += part
    for (;;) {
      const body = text.indexOf('\r\n\r\n') + 4
      const end = body + Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, body))?.[1])
      if (body < 4 || text.length < end) break
      answered.push({
        ...asked[answered.length]!,
        status: Number(text.slice(9, 12)),
        head: text.slice(0, body),
        json: JSON.parse(text.slice(body, end)),
      })
      text = text.slice(end)
    }
    if (answered.length === asked.length) break
  }
  return answered
}

/** By other connections each time, all at once. */
async function flood(asked: readonly Deletion[]): Promise<Answered[]> {
  const sockets = await Promise.all(Array.from({length: CONNECTIONS}, open))
  const part = Math.ceil(asked.length / CONNECTIONS)
  return (await Promise.all(sockets.map((socket, n) => sendAll(socket, asked.slice(n * part, (n + 1) * part))))).flat()
}

test('of more than can be served, some is done and the rest refused at once: nothing that was acknowledged is lost, and nothing that was refused is done', async () => {
  const asked = Array.from({length: CONNECTIONS * AT_ONCE}, (_, n) => ({key: `K${n}`, requestId: `deletion-${n}`}))
  const items = asked.map(({key}) => ({scope: 'load', key, value: {encoding: 'utf8' as const, data: key}}))
  const made = await asToken(w.server, w.token, 'variablesSetMany', {params: {org: 'default'}, body: {items}})
  expect(made.status).toBe(200)

  const flooding = flood(asked)
  const [health, ready, neighbour] = await Promise.all([
    request(w.server.url, '/healthz', w.server.ca),
    request(w.server.url, '/readyz', w.server.ca),
    asToken(w.server, other, 'whoami', {params: {}}),
    flooding,
  ])
  // Who looks whether it lives, and another credential, are answered meanwhile.
  expect([health.status, ready.status, neighbour.status]).toEqual([200, 200, 200])

  const answers = await flooding
  expect(answers).toHaveLength(asked.length)
  const done = answers.filter(({status}) => status === 200)
  const refused = answers.filter(({status}) => status !== 200)
  expect(done.length).toBeGreaterThan(0)
  expect(refused.length).toBeGreaterThan(0)
  for (const {status, head, json} of refused) {
    expect({status, code: json.code}).toEqual({status: 503, code: 'overloaded'})
    expect(head).toMatch(/\r\nretry-after: 1\r\n/i)
  }
  expect((await stored()).sort()).toEqual(refused.map(({key}) => key).sort())

  // What was refused is done when it is sent again under its request id; what was done is answered as it was, and no more.
  let rest: Deletion[] = asked
  const replies = new Map<string, unknown>()
  while (rest.length > 0) {
    const again = await flood(rest)
    for (const {status, key, json} of again) if (status === 200) replies.set(key, json)
    rest = again.filter(({status}) => status === 503)
  }
  for (const {key, json} of done) expect(replies.get(key)).toEqual(json)
  expect(replies.size).toBe(asked.length)
  expect(await stored()).toEqual([])
  const {stdout} = await succeed(
    w.cli(['audit', 'list', '--operation', 'variables.delete', '--limit', '1000', '--json']),
  )
  const entries = JSON.parse(stdout).entries as {target: {name: string}}[]
  expect(entries.map(({target}) => target.name).sort()).toEqual(asked.map(({key}) => key).sort())
  await succeed(w.cli(['audit', 'verify']))
}, 60_000)
