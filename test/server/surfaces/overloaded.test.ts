import {once} from 'node:events'
import type {IncomingMessage} from 'node:http'
import {Agent, request as httpsRequest} from 'node:https'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {
  MAX_BODIES_BYTES,
  MAX_BULK_BODY_BYTES,
  MAX_BULK_ITEMS,
  MAX_IN_PROGRESS,
  MAX_UNREAD_BYTES,
} from '../../../src/contract/limits.ts'
import {newToken} from '../../../src/formats/token.ts'
import {BREATH} from '../../../src/server/store/breathe.ts'
import type {Place} from '../../../src/server/surfaces/room.ts'
import {type ListeningDoor, listeningDoor} from '../../world/listening-door.ts'
import {run} from '../../world/program.ts'
import {request} from '../../world/request.ts'

let at: ListeningDoor
let agent: Agent
/** What gives the places back that the test took. */
let leave: (() => void)[]
beforeEach(async () => {
  at = await listeningDoor()
  agent = new Agent({keepAlive: true, maxSockets: 1})
  const {room} = at.services.context
  leave = Array.from({length: MAX_IN_PROGRESS}, (_, n) => room.enter(n % 2 === 0 ? 'one' : 'another').leave)
})
afterEach(async () => {
  agent.destroy()
  await at.close()
})

const empty = () => {
  for (const one of leave.splice(0)) one()
}
const ask = (method: string, path: string, body?: unknown, token = at.token) =>
  request(at.url, path, at.ca, {
    method,
    agent,
    headers: {authorization: `Bearer ${token}`, ...(typeof body === 'string' && {'content-type': 'application/json'})},
    ...(body === undefined ? {} : {body}),
  })
/** Whether there is room for so many bytes, which are given back at once. */
const holds = (place: Place, bytes: number) => {
  try {
    place.hold(bytes)
    place.hold(-bytes)
    return true
  } catch {
    return false
  }
}
const org = '/admin/v1/orgs/default'
const one = {value: {encoding: 'utf8', data: 'x'}}

test.each<[string, string, string, unknown]>([
  ['a read', 'GET', `${org}/secrets`, undefined],
  ['a write', 'PUT', `${org}/secrets/K?scope=a`, one],
  ['a call of as many bytes as there may be', 'PUT', `${org}/secrets`, ' '.repeat(MAX_BULK_BODY_BYTES)],
  ['a disclosure', 'GET', `${org}/variables/K?scope=a`, undefined],
])('%s is refused while the room is full, on a connection that serves the next', async (_, method, path, body) => {
  const refused = await ask(method, path, body)
  expect(refused).toMatchObject({status: 503, headers: {'retry-after': '1'}, json: {code: 'overloaded'}})
  empty()
  expect((await ask('PUT', `${org}/secrets/K?scope=a`, one)).status).toBe(200)
  expect(at.services.takeOverload()).toBe(1)
})

test('what is refused has the same headers as every answer, and the request id that came with it', async () => {
  const headers = {authorization: `Bearer ${at.token}`, 'x-request-id': 'from-the-client'}
  const [refused, wrong] = [
    await request(at.url, `${org}/secrets`, at.ca, {headers}),
    await request(at.url, `${org}/secrets`, at.ca, {headers: {...headers, 'x-request-id': 'hunter2!'}}),
  ]
  expect([refused.json.requestId, refused.headers['x-request-id']]).toEqual(['from-the-client', 'from-the-client'])
  expect(wrong.text + JSON.stringify(wrong.headers)).not.toContain('hunter2')
  empty()
  const served = await request(at.url, `${org}/hunter2`, at.ca, {headers})
  const differs = ['retry-after', 'content-length', 'date']
  const names = (answer: {headers: object}) => Object.keys(answer.headers).filter((name) => !differs.includes(name))
  expect(names(refused).sort()).toEqual(names(served).sort())
  expect(refused.headers['content-type']).toBe(served.headers['content-type'])
})

test('nothing of what is refused is looked at: a wrong credential is neither told so nor counted', async () => {
  for (let n = 0; n < 50; n += 1) expect((await ask('GET', `${org}/secrets`, undefined, 'wrong')).status).toBe(503)
  empty()
  expect((await ask('GET', `${org}/secrets`, undefined, 'wrong')).status).toBe(401)
})

test.each([
  ['chunks', {'transfer-encoding': 'chunked'}],
  ['a body as large as there may be', {'content-length': MAX_BULK_BODY_BYTES}],
])('a stranger takes no byte of the room by %s; who is known takes what is said, or came', async (_, headers) => {
  empty()
  const {room} = at.services.context
  const [one, another] = [1, 2].map((orgId) => {
    const place = room.enter(`of ${orgId}`)
    place.identified(orgId)
    place.hold(MAX_BODIES_BYTES / 2 - orgId)
    return place
  })
  const begin = (token: string) => {
    const given = {...headers, 'content-type': 'application/json', authorization: `Bearer ${token}`}
    const sending = httpsRequest(`${at.url}${org}/secrets`, {method: 'PUT', headers: given, ca: at.ca, agent: false})
    sending.on('error', () => {}).write('{"')
    return sending
  }
  const told = async (token: string, text = '') => {
    const sending = begin(token)
    if (text !== '') sending.write(text)
    const [{statusCode}] = (await once(sending, 'response')) as [IncomingMessage]
    sending.destroy()
    return statusCode
  }
  // There are three bytes left.
  expect(await Promise.all(Array.from({length: 8}, () => told(newToken())))).toEqual(Array(8).fill(401))
  expect(await told(at.token, 'it')).toBe(503)
  one!.leave()
  const sending = begin(at.token)
  await expect.poll(() => room.requests, {timeout: 10_000}).toBe(2)
  const rest = room.enter('the rest')
  rest.identified(3)
  const left = 'content-length' in headers ? 2 : MAX_BODIES_BYTES / 2
  await expect.poll(() => [left + 1, left].map((bytes) => holds(rest, bytes)), {timeout: 10_000}).toEqual([false, true])
  sending.destroy()
  for (const place of [another!, rest]) place.leave()
  await expect.poll(() => room.requests, {timeout: 10_000}).toBe(0)
})

test('an answer for which there is no room is refused, and on a connection that serves the next; what a write did is told', async () => {
  empty()
  expect((await ask('PUT', `${org}/secrets/K?scope=a`, one)).status).toBe(200)
  const reading = [1, 2].map((orgId) => {
    const place = at.services.context.room.enter(`reads slowly ${orgId}`)
    place.identified(orgId + 1)
    place.holdAnswer(MAX_UNREAD_BYTES / 2)
    return place
  })
  for (const path of [`${org}/secrets?scope=a`, `${org}/secrets/reveal?scope=a`]) {
    const refused = await ask('GET', path)
    expect(refused).toMatchObject({status: 503, headers: {'retry-after': '1'}, json: {code: 'overloaded'}})
    expect(refused.text).not.toContain('K')
  }
  expect((await ask('PUT', `${org}/secrets/L?scope=a`, one)).json).toMatchObject({changed: true})
  for (const place of reading) place.leave()
  expect((await ask('GET', `${org}/secrets?scope=a`)).json.items).toHaveLength(2)
})

test('health and readiness are answered, and what the server itself does is done', async () => {
  for (const path of ['/healthz', '/readyz']) expect((await ask('GET', path)).status).toBe(200)
  await at.services.context.failures.count('192.0.2.1', null)
  await at.services.minutely()
  empty()
  const {json} = await ask('GET', `${org}/audit?operation=server.refused`)
  expect(json.entries).toHaveLength(1)
})

test('the CLI comes again until there is room, and its write is done once', async () => {
  const env = {POSTERN_URL: at.url, POSTERN_TOKEN: at.token, POSTERN_CA_FILE: at.caFile}
  const setting = run(['secret', 'set', '--scope', 'a', 'K'], at.folder, {env, stdin: 'value'})
  await expect.poll(at.services.takeOverload, {timeout: 20_000}).toBe(1)
  empty()
  const {code, stderr} = await setting
  expect(code, stderr).toBe(0)
  expect((await ask('GET', `${org}/secrets?scope=a`)).json.items).toMatchObject([{key: 'K', version: 1}])
})

test('and ends with exit 8, saying what to do, when there is none', async () => {
  const env = {POSTERN_URL: at.url, POSTERN_TOKEN: at.token, POSTERN_CA_FILE: at.caFile}
  const {code, stderr} = await run(['secret', 'set', '--scope', 'a', 'K'], at.folder, {env, stdin: 'value'})
  expect(code).toBe(8)
  expect(stderr).toMatch(/has more to do than it can[\s\S]*Wait a moment, and run it again/)
  expect(at.services.takeOverload()).toBe(3)
})

test('ten thousand values in one call let others through all the time', async () => {
  empty()
  const items = Array.from({length: MAX_BULK_ITEMS}, (_, n) => ({scope: 'a', key: `K${n}`, ...one}))
  let laps = 0
  let going = true
  const lap = () => {
    laps += 1
    if (going) setImmediate(lap)
  }
  lap()
  const headers = {authorization: `Bearer ${at.token}`}
  const {statusCode} = await at.app.inject({method: 'PUT', url: `${org}/secrets`, headers, payload: {items}})
  going = false
  expect(statusCode).toBe(200)
  // It decides over all of them twice; the embedded store writes them in packs, too.
  expect(laps).toBeGreaterThan((1.5 * MAX_BULK_ITEMS) / BREATH)
})
