import {request as httpsRequest} from 'node:https'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {MAX_BODY_BYTES, MAX_BULK_BODY_BYTES} from '../../src/contract/limits.ts'
import {request} from '../world/request.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
let auditor: string
beforeAll(async () => {
  w = await world()
  auditor = (await succeed(w.cli(['token', 'create', 'reader', '--role', 'auditor']))).stdout.trim()
})
afterAll(() => w?.close())

/** Says that a body comes, sends none of it, and gives the status of the answer. */
function announce(
  url: string,
  {method, path, length, token, type = 'application/json'}: Announced,
): Promise<number | undefined> {
  const headers = {
    'content-type': type,
    'content-length': length,
    ...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
  }
  return new Promise((done, fail) => {
    const sent = httpsRequest(new URL(path, url), {method, ca: w.server.ca, headers, agent: false}, (answer) => {
      done(answer.statusCode)
      sent.destroy()
    })
    sent.on('error', fail).flushHeaders()
  })
}

interface Announced {
  method: string
  path: string
  length: number
  token?: string
  type?: string
}

test.each([
  ['PUT', '/admin/v1/nope', MAX_BODY_BYTES, 404],
  ['PATCH', '/admin/v1/whoami', MAX_BODY_BYTES, 404],
  ['POST', '/admin/v1/orgs/default/secrets', MAX_BODY_BYTES, 404],
  ['PUT', '/admin/v1/nope', MAX_BODY_BYTES + 1, 404],
  ['PUT', '/admin/v1/orgs/default/secrets', MAX_BULK_BODY_BYTES, 401],
])('nobody’s body is waited for: %s %s', async (method, path, length, status) => {
  expect(await announce(w.server.url, {method, path, length})).toBe(status)
})

test('nor one that is too large for the page that signs in', async () => {
  const page = {method: 'POST', path: '/dashboard/signin', length: 1025}
  expect(await announce(w.server.dashboardUrl, page)).toBe(413)
})

test.each(['secrets', 'variables'])('nor many %s of who may not set them; it is recorded', async (noun) => {
  const path = `/admin/v1/orgs/default/${noun}`
  expect(await announce(w.server.url, {method: 'PUT', path, length: MAX_BULK_BODY_BYTES, token: auditor})).toBe(403)
  const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', `${noun}.set`, '--limit', '1', '--json']))
  expect(JSON.parse(stdout).entries[0]).toMatchObject({
    actor: {name: 'reader'},
    outcome: 'refused',
    code: 'forbidden',
    target: {kind: noun.slice(0, -1)},
  })
})

test('who may not set, and sends all of it, reads the answer on a connection that stays', async () => {
  const body = ' '.repeat(MAX_BULK_BODY_BYTES)
  const headers = {authorization: `Bearer ${auditor}`, 'content-type': 'application/json'}
  const answer = await request(w.server.url, '/admin/v1/orgs/default/secrets', w.server.ca, {
    method: 'PUT',
    headers,
    body,
  })
  expect(answer).toMatchObject({status: 403, json: {code: 'forbidden'}})
})
