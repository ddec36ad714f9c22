import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {FastifyInstance} from 'fastify'
import pino from 'pino'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {verifyChain, verifyHead} from '../../../src/formats/audit-chain.ts'
import {openServices, type Services} from '../../../src/server/services.ts'
import {door} from '../../../src/server/surfaces/door.ts'
import {openTestStore} from '../../world/engine.ts'

let folder: string
let services: Services
let app: FastifyInstance
let token: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-door-'))
  services = await openServices({
    store: await openTestStore(folder),
    rootKey: Buffer.alloc(32, 7),
    version: '0.0.0',
    dashboardUrl: () => 'https://localhost',
    onFault: (e) => console.error(e),
  })
  await services.ownerToken(async (made) => {
    token = made
  })
  app = await door({
    services,
    surfaces: ['cli', 'dashboard'],
    logger: pino({level: 'silent'}),
    tls: {key: '', cert: ''},
    trustedProxies: [],
  })
})
afterAll(async () => {
  await app?.close()
  await services?.close()
  rmSync(folder, {recursive: true})
})

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'
const cli = async (method: Method, path: string, body?: object, headers: Record<string, string> = {}) => {
  const answer = await app.inject({
    method,
    url: `/admin/v1${path}`,
    headers: {authorization: `Bearer ${token}`, ...headers},
    ...(body === undefined ? {} : {payload: body}),
  })
  return {status: answer.statusCode, body: answer.json()}
}
const utf8 = (data: string) => ({value: {encoding: 'utf8', data}})
const db = '/orgs/default/secrets/DB?scope=production'

describe('the door over an empty store', () => {
  test('gives a secret numbered versions, and none for the same value again', async () => {
    const sets = []
    for (const value of ['one', 'one', 'two']) sets.push((await cli('PUT', db, utf8(value))).body)
    expect(sets).toMatchObject([
      {version: 1, changed: true, length: 3, updatedBy: 'owner'},
      {version: 1, changed: false},
      {version: 2, changed: true},
    ])
  })

  test('holds a write against the version that was expected', async () => {
    expect(await cli('PUT', db, {...utf8('three'), expectVersion: 1})).toMatchObject({
      status: 409,
      body: {code: 'version_conflict', currentVersion: 2},
    })
    expect(await cli('PUT', db, {...utf8('two'), expectVersion: 2})).toMatchObject({
      status: 200,
      body: {changed: false},
    })
  })

  test('answers a repeat as the first time, and refuses its id for another request', async () => {
    const headers = {'x-request-id': 'repeat-0001'}
    const first = await cli('PUT', '/orgs/default/secrets/R?scope=a', utf8('x'), headers)
    await cli('PUT', '/orgs/default/secrets/R?scope=a', utf8('y'))
    expect(await cli('PUT', '/orgs/default/secrets/R?scope=a', utf8('x'), headers)).toEqual(first)
    expect(await cli('PUT', '/orgs/default/secrets/R?scope=a', utf8('z'), headers)).toMatchObject({
      status: 409,
      body: {code: 'request_id_reused'},
    })
  })

  test('tries without doing', async () => {
    expect((await cli('DELETE', `${db}&dryRun=true`)).body).toMatchObject({version: 2, changed: true})
    expect((await cli('GET', '/orgs/default/secrets?scope=production')).body.items).toMatchObject([
      {key: 'DB', version: 2, length: 3},
    ])
  })

  test('goes on counting after a delete', async () => {
    expect((await cli('DELETE', db)).status).toBe(200)
    expect(await cli('DELETE', db)).toMatchObject({status: 404, body: {code: 'not_found'}})
    expect((await cli('PUT', db, {...utf8('four'), expectVersion: 0})).body).toMatchObject({version: 3, changed: true})
  })

  test('opens a variable for its reader, and keeps its lock', async () => {
    await cli('PUT', '/orgs/default/variables/V?scope=a', {...utf8('shown'), locked: true})
    await cli('PUT', '/orgs/default/variables/V?scope=a', utf8('later'))
    expect((await cli('GET', '/orgs/default/variables/V?scope=a')).body).toMatchObject({
      locked: true,
      version: 2,
      value: {data: 'later'},
    })
  })

  test.each([
    ['a lone surrogate', {value: {encoding: 'utf8', data: '\ud800'}}, 422, 'value_refused'],
    ['bad base64', {value: {encoding: 'base64', data: 'a'}}, 422, 'value_refused'],
    ['an unknown field', {...utf8('x'), hunter2: 1}, 400, 'malformed'],
    ['a number', {value: 12345}, 400, 'malformed'],
  ])('refuses %s and repeats nothing of it', async (_, body, status, code) => {
    const answer = await cli('PUT', db, body)
    expect(answer).toMatchObject({status, body: {code}})
    expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|12345/)
  })

  test.each([
    ['another charset', 'application/json; charset=utf-16', 415],
    ['a tail', 'application/json;hunter2', 415],
    ['a tail after a tab', 'application/json\t; hunter2', 415],
    ['the charset that it is in', 'application/json; charset=UTF-8', 200],
  ])('with a content type with %s answers %i', async (_, type, status) => {
    const answer = await app.inject({
      method: 'PUT',
      url: `/admin/v1/orgs/default/secrets/TYPED?scope=a`,
      headers: {authorization: `Bearer ${token}`, 'content-type': type},
      payload: JSON.stringify(utf8('x')),
    })
    expect([answer.statusCode, answer.body.includes('hunter2')]).toEqual([status, false])
  })

  test('refuses what nests without parsing it', async () => {
    const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'}
    const payload = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`
    const answer = await app.inject({method: 'PUT', url: `/admin/v1${db}`, headers, payload})
    expect(answer.json()).toMatchObject({status: 400, code: 'malformed', detail: expect.stringContaining('nests')})
  })

  test.each<[string, Method, string, object | undefined, number]>([
    ['a tag that is no name', 'POST', '/secrets/DB/facts?scope=a', {tags: {'hunter2 ': 'x'}}, 400],
    ['a tag that is no text', 'POST', '/secrets/DB/facts?scope=a', {tags: {hunter2: 5}}, 400],
    [
      'a tag that would be left out',
      'POST',
      '/secrets/DB/facts?scope=a',
      JSON.parse('{"tags":{"__proto__":"x"}}'),
      400,
    ],
    ['a note that turns its direction', 'POST', '/secrets/DB/facts?scope=a', {note: 'hunter2\u202e'}, 400],
    ['a note with half a surrogate', 'POST', '/secrets/DB/facts?scope=a', {note: 'hunter2\ud800'}, 400],
    ['a cursor of no purge', 'POST', '/secrets/purge?cursor=hunter2', {olderThan: 0}, 400],
    ['a cursor of no history', 'GET', '/secrets/DB/history?scope=production&cursor=WyJodW50ZXIyIl0', undefined, 400],
    ['a number that is none of a query', 'GET', '/secrets?limit=0x10', undefined, 400],
    ['an empty number', 'GET', '/audit?after=', undefined, 400],
    ['an actor that is no name', 'GET', "/audit?actor=hunter2'", undefined, 400],
    ['an operation that is none', 'GET', '/audit?operation=hunter2', undefined, 400],
  ])('refuses %s and repeats nothing of it', async (_, method, path, body, status) => {
    const answer = await cli(method, `/orgs/default${path}`, body)
    expect(answer).toMatchObject({status, body: {code: 'malformed'}})
    expect(JSON.stringify(answer.body)).not.toContain('hunter2')
  })

  test.each<[string, Method, string, string, Record<string, string>, number]>([
    ['a body of a GET', 'GET', '/whoami', '{"hunter2":1}', {}, 400],
    ['null for a body', 'POST', '/orgs/default/policy/reset', 'null', {}, 400],
    ['a content coding', 'POST', '/orgs/default/policy/reset', '{}', {'content-encoding': 'gzip'}, 415],
  ])('refuses %s', async (_, method, path, payload, more, status) => {
    const answer = await app.inject({
      method,
      url: `/admin/v1${path}`,
      headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more},
      payload,
    })
    expect([answer.statusCode, answer.body.includes('hunter2')]).toEqual([status, false])
  })

  test('takes the names that JavaScript gives a meaning for names like all others', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const path = `/orgs/default/secrets/${name}?scope=${name}`
      expect((await cli('PUT', path, utf8('x'))).body).toMatchObject({key: name, scope: name, version: 1})
      expect((await cli('PUT', path, utf8('y'))).body).toMatchObject({version: 2})
      expect((await cli('GET', `/orgs/default/secrets?scope=${name}`)).body.items).toMatchObject([{key: name}])
    }
    const tags = {constructor: 'a', toString: 'b', hasOwnProperty: 'c'}
    const facts = `/orgs/default/secrets/constructor/facts?scope=constructor`
    expect((await cli('POST', facts, {tags})).body).toMatchObject({tags})
    expect((await cli('GET', facts)).body).toMatchObject({tags})
    for (const role of ['constructor', 'toString', 'hasOwnProperty'])
      expect((await cli('POST', '/orgs/default/tokens', {name: role, role})).status).toBe(404)
  })

  test.each(['a//b', './b', 'a/../b', 'a/', '/a', 'ａ', 'a b', ''])(
    'refuses the scope %j before any query',
    async (scope) => {
      expect((await cli('PUT', `/orgs/default/secrets/K?scope=${encodeURIComponent(scope)}`, utf8('x'))).status).toBe(
        400,
      )
    },
  )

  test('answers another organization as one that is not there', async () => {
    expect(await cli('GET', '/orgs/other/secrets')).toMatchObject({status: 404, body: {code: 'not_found'}})
  })

  test('joins waiting writes, each with its own version', async () => {
    const all = await Promise.all(
      Array.from({length: 50}, (_, n) => cli('PUT', '/orgs/default/secrets/MANY?scope=a', utf8(`v${n}`))),
    )
    expect(all.map((answer) => answer.body.version).sort((a, b) => a - b)).toEqual(
      Array.from({length: 50}, (_, n) => n + 1),
    )
  })

  describe('with a dashboard session', () => {
    let cookie: string
    let csrf: string
    const dash = async (method: Method, path: string, body?: object, headers: Record<string, string> = {}) => {
      const answer = await app.inject({
        method,
        url: `/dashboard/v1${path}`,
        headers: {cookie, 'x-csrf-token': csrf, ...headers},
        ...(body === undefined ? {} : {payload: body}),
      })
      return {status: answer.statusCode, body: answer.json()}
    }

    beforeAll(async () => {
      const {url} = (await cli('POST', '/orgs/default/dashboard/links')).body
      const link = new URL(url).searchParams.get('link')!
      const shown = await app.inject({url: `/dashboard/signin?link=${link}`})
      expect(shown.body).toContain('owner')
      const uses = await Promise.all(
        Array.from({length: 64}, () =>
          app.inject({
            method: 'POST',
            url: '/dashboard/signin',
            payload: `link=${link}`,
            headers: {'content-type': 'application/x-www-form-urlencoded'},
          }),
        ),
      )
      const won = uses.filter((answer) => answer.statusCode === 303)
      expect(won).toHaveLength(1)
      expect(won[0]!.headers['set-cookie']).toMatch(/^__Host-.*; Path=\/; Secure; HttpOnly; SameSite=Strict$/)
      cookie = String(won[0]!.headers['set-cookie']).split(';')[0]!
      csrf = (await app.inject({url: '/dashboard/v1/whoami', headers: {cookie}})).json().csrfToken
    })

    test('writes where the policy allows, and is refused where it does not', async () => {
      expect((await dash('PUT', db, utf8('from the dashboard'))).status).toBe(200)
      expect(
        (await cli('POST', '/orgs/default/policy/lock', {selectors: [{by: 'sensitivity', name: 'plaintext'}]})).status,
      ).toBe(200)
      expect(await dash('PUT', db, utf8('again'))).toMatchObject({
        status: 403,
        body: {
          code: 'operation_disabled',
          operation: 'secrets.set',
          category: 'secrets',
          label: 'Set a secret',
          cliEquivalent: 'postern secret set --scope production DB',
        },
      })
      expect((await cli('PUT', db, utf8('again'))).status).toBe(200)
      expect((await dash('POST', '/orgs/default/secrets/NEW/declare?scope=production')).status).toBe(200)
    })

    test('cannot change a locked variable, nor the policy, nor act without its CSRF token', async () => {
      await cli('POST', '/orgs/default/policy/reset', {})
      expect(await dash('PUT', '/orgs/default/variables/V?scope=a', utf8('x'))).toMatchObject({
        status: 403,
        body: {code: 'variable_locked', operation: 'variables.set', cliEquivalent: 'postern variable set --scope a V'},
      })
      expect((await dash('POST', '/orgs/default/policy/lock', {selectors: [{by: 'all'}]})).status).toBe(404)
      expect((await dash('PUT', db, utf8('x'), {'x-csrf-token': 'no'})).status).toBe(403)
      expect((await dash('PUT', db, utf8('x'), {origin: 'https://evil.example'})).status).toBe(403)
    })

    test('opens no other surface', async () => {
      expect((await app.inject({url: '/admin/v1/whoami', headers: {cookie}})).statusCode).toBe(401)
      expect(
        (await app.inject({url: '/dashboard/v1/whoami', headers: {authorization: `Bearer ${token}`}})).statusCode,
      ).toBe(401)
    })
  })

  test('leaves an audit chain that verifies, and says nothing of values', async () => {
    const {entries, head, publicKey} = (await cli('GET', '/orgs/default/audit?after=0&limit=1000')).body
    expect(verifyChain(entries)).toEqual({breaks: [], last: {sequence: head.sequence, hash: head.hash}})
    expect(verifyHead(head, publicKey)).toBe(true)
    expect(verifyHead({...head, sequence: head.sequence + 1}, publicKey)).toBe(false)
    expect(JSON.stringify(entries)).not.toMatch(/from the dashboard|shown|later/)
    const outcomes = entries.map((entry: {canonical: string}) => JSON.parse(entry.canonical).outcome)
    expect(new Set(outcomes)).toEqual(new Set(['done', 'unchanged', 'refused', 'disclosed']))
  })

  test('describes itself', async () => {
    const document = (await app.inject({url: '/openapi.json'})).json()
    expect(Object.keys(document.paths)).toContain('/admin/v1/orgs/{org}/secrets/{key}')
    expect((await app.inject({url: '/readyz'})).json()).toEqual({status: 'ready'})
  })
})
