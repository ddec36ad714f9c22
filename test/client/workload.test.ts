import {inspect} from 'node:util'
import {afterEach, describe, expect, test} from 'vitest'
import type {Connection} from '../../src/client/connection.ts'
import {PosternError} from '../../src/client/error.ts'
import {fetchOver} from '../../src/client/transport.ts'
import {resolve, waitForChange, whoami} from '../../src/client/workload.ts'
import {until} from '../world/trial.ts'
import {type Answering, tlsServer} from './loopback-tls.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Reply {
  status?: number
  body?: unknown
  headers?: Record<string, string>
  /** The server ends the connection in its place. */
  hangsUp?: true
  /** Nothing comes. */
  silent?: true
}

/** A server that gives these replies in turn, the last of them again and again; `heads` are the headers of what came. */
async function workload(...replies: Reply[]) {
  const heads: Record<string, unknown>[] = []
  const server: Answering = await tlsServer((request, response) => {
    const reply = replies[Math.min(heads.length, replies.length - 1)]!
    heads.push(request.headers)
    if (reply.hangsUp) request.socket.destroy()
    else if (!reply.silent) {
      response.writeHead(reply.status ?? 200, reply.headers)
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body))
    }
  })
  closing.push(server.close)
  const to: Connection = {
    origin: server.url,
    token: 'postern_workload_x',
    ca: null,
    fetch: fetchOver({ca: server.ca, env: {}}),
    timeout: 5000,
  }
  return {to, server, heads}
}

const item = (fields: object = {}) => ({
  id: 7,
  key: 'DB_PASSWORD',
  scope: 'aws/prod',
  version: 3,
  kind: 'secret',
  type: 'string',
  value: {encoding: 'utf8', data: 'hunter2'},
  ...fields,
})
const body = (fields: object = {}) => ({
  org: 'default',
  environment: 'my-saas/prod',
  etag: 'e1',
  items: [item()],
  ...fields,
})
const problem = (code: string, status: number) => ({
  status,
  body: {type: `urn:postern:problem:${code}`, title: 't', status, code, detail: 'It is so.', requestId: 'r-1'},
})
const failure = (doing: Promise<unknown>): Promise<PosternError> =>
  doing.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  )

describe('resolve', () => {
  test('gives each value as its bytes, and who asked for what', async () => {
    const items = [
      item(),
      item({key: 'KEYSTORE', kind: 'variable', type: 'file', value: {encoding: 'base64', data: 'AP8='}}),
    ]
    const {to, server, heads} = await workload({body: body({items, etag: 'e-1'})})
    const resolved = await resolve(to, {only: ['DB_*', 'KEYSTORE'], scopes: ['aws/prod/**']})
    if (resolved === 'unchanged') throw new Error('it is new')
    const {items: given, ...rest} = resolved
    expect(rest).toEqual({org: 'default', environment: 'my-saas/prod', etag: 'e-1', missing: []})
    expect(given.map(({value, ...facts}) => [facts, value.bytes()])).toEqual([
      [
        {id: 7, key: 'DB_PASSWORD', scope: 'aws/prod', version: 3, kind: 'secret', type: 'string'},
        Buffer.from('hunter2'),
      ],
      [{id: 7, key: 'KEYSTORE', scope: 'aws/prod', version: 3, kind: 'variable', type: 'file'}, Buffer.from([0, 255])],
    ])
    expect(server.seen).toEqual(['GET /workload/v1/resolve?only=DB_*%2CKEYSTORE&scope=aws%2Fprod%2F**'])
    expect(heads[0]).toMatchObject({authorization: 'Bearer postern_workload_x', 'x-request-id': expect.any(String)})
    expect(heads[0]).not.toHaveProperty('if-none-match')
    expect(inspect(resolved, {depth: 9}) + JSON.stringify(resolved)).not.toContain('hunter2')
  })

  test('says what it has, and takes 304 for its answer', async () => {
    const {to, heads} = await workload({status: 304})
    expect(await resolve(to, {etag: 'e1'})).toBe('unchanged')
    expect(heads[0]).toMatchObject({'if-none-match': '"e1"'})
  })

  test('but not when it said nothing', async () => {
    const {to} = await workload({status: 304})
    expect(await failure(resolve(to))).toMatchObject({code: 'unreachable'})
  })

  test.each<[string, object]>([
    ['no items', {items: undefined}],
    ['items that are none', {items: {}}],
    ['half an item', {items: [null]}],
    ['a key twice', {items: [item(), item()]}],
    ['a key that is none', {items: [item({key: '../hunter2'})]}],
    ['a scope that is none', {items: [item({scope: '/'})]}],
    ['an id that is none', {items: [item({id: null})]}],
    ['a version that is none', {items: [item({version: '3'})]}],
    ['another kind', {items: [item({kind: 'hunter2'})]}],
    ['another type', {items: [item({type: 'reference'})]}],
    ['no value', {items: [item({value: undefined})]}],
    ['a value as a text', {items: [item({value: 'hunter2'})]}],
    ['another encoding', {items: [item({value: {encoding: 'latin1', data: 'hunter2'}})]}],
    ['base64 that is none', {items: [item({value: {encoding: 'base64', data: 'hunter2!'}})]}],
    ['base64 that is cut', {items: [item({value: {encoding: 'base64', data: 'hunte'}})]}],
    ['half a surrogate', {items: [item({value: {encoding: 'utf8', data: 'hunter2\ud800'}})]}],
    ['no organization', {org: null}],
    ['an environment that is none', {environment: 'a//hunter2'}],
    ['an etag that no header takes', {etag: 'a"\nhunter2'}],
  ])('refuses %s, and repeats nothing of it', async (_, fields) => {
    const {to, server} = await workload({body: body(fields)})
    const error = await failure(resolve(to))
    expect(error).toBeInstanceOf(PosternError)
    expect(error.code).toBe('unreachable')
    expect(inspect(error) + JSON.stringify(error)).not.toContain('hunter2')
    expect(server.seen).toHaveLength(1)
  })

  test.each(['<html>hunter2</html>', '', '[]', 'null', '"hunter2"'])('refuses %j for a body', async (text) => {
    const {to} = await workload({body: text})
    const error = await failure(resolve(to))
    expect(error.code).toBe('unreachable')
    expect(inspect(error)).not.toContain('hunter2')
  })

  test('asks again what passes, under the same request id', async () => {
    const {to, heads} = await workload({hangsUp: true}, problem('unavailable', 503), {body: body()})
    expect(await resolve(to)).toMatchObject({etag: 'e1'})
    expect(heads).toHaveLength(3)
    expect(new Set(heads.map((head) => head['x-request-id'])).size).toBe(1)
  })

  test.each<[string, Reply, string, number]>([
    ['what the server refuses', problem('forbidden', 403), 'forbidden', 1],
    ['a token that is not valid', problem('unauthenticated', 401), 'unauthenticated', 1],
    ['a value that does not open', problem('damaged', 500), 'damaged', 1],
    ['a code that is not known', problem('hunter2', 404), 'not_found', 1],
    ['a server that stays away', problem('unavailable', 503), 'unavailable', 3],
    ['a connection that ends each time', {hangsUp: true}, 'unreachable', 3],
    ['a page of something in between', {status: 403, body: '<html>hunter2'}, 'forbidden', 1],
    ['a redirection', {status: 302, headers: {location: 'https://hunter2.example'}}, 'unreachable', 1],
  ])('tells %s by its code', async (_, reply, code, tries) => {
    const {to, server} = await workload(reply)
    const error = await failure(resolve(to))
    expect(error.code).toBe(code)
    expect(error).not.toHaveProperty('cause')
    expect(inspect(error)).not.toMatch(/hunter2|postern_workload_x/)
    expect(server.seen).toHaveLength(tries)
  })

  test('waits no longer than the connection says, and does not ask again then', async () => {
    const {to, server} = await workload({silent: true})
    expect(await failure(resolve({...to, timeout: 100}))).toMatchObject({
      code: 'unreachable',
      message: `${server.url} did not answer within 0.1 s.`,
    })
    expect(server.seen).toHaveLength(1)
  })

  test('ends with its signal, also between two tries', async () => {
    const {to, server} = await workload({silent: true})
    const given = new AbortController()
    const ended = failure(resolve(to, {signal: given.signal}))
    await until('a request', () => server.seen.length === 1)
    given.abort(new Error('enough'))
    expect((await ended).message).toBe('enough')
    const busy = await workload({...problem('unavailable', 503), headers: {'retry-after': '5'}})
    const soon = new AbortController()
    const between = failure(resolve(busy.to, {signal: soon.signal}))
    await until('a request', () => busy.server.seen.length === 1)
    soon.abort(new Error('enough'))
    expect((await between).message).toBe('enough')
    expect([server.seen.length, busy.server.seen.length]).toEqual([1, 1])
  })

  test('sends nothing to a server that is not trusted', async () => {
    const {to, server} = await workload({body: body()})
    const other = await workload({body: body()})
    const error = await failure(resolve({...other.to, origin: to.origin}))
    expect(error.code).toBe('untrusted')
    expect(server.seen).toEqual([])
  })
})

describe('waitForChange', () => {
  const answer = (etag: string, changed: boolean): Reply => ({body: {etag, changed}})

  test('asks until something has changed, with a breath in between', async () => {
    const {to, server} = await workload(answer('e1', false), answer('e2', true))
    const began = performance.now()
    expect(await waitForChange(to, {etag: 'e1', only: ['A*']})).toBe('e2')
    expect(performance.now() - began).toBeGreaterThan(900)
    expect(server.seen).toEqual(Array(2).fill('GET /workload/v1/changes?only=A*&etag=e1'))
  })

  test('waits longer than a call may take', async () => {
    const {to} = await workload({silent: true})
    const given = new AbortController()
    const ended = failure(waitForChange({...to, timeout: 10}, {etag: 'e1', signal: given.signal}))
    setTimeout(() => given.abort(new Error('enough')), 300)
    expect((await ended).message).toBe('enough')
  })

  test.each([[{}], [{etag: 'e2'}], [{etag: 'e2', changed: 'yes'}], [{etag: 2, changed: true}]])(
    'refuses %j',
    async (fields) => {
      const {to} = await workload({body: fields})
      expect(await failure(waitForChange(to, {etag: 'e1'}))).toMatchObject({code: 'unreachable'})
    },
  )
})

describe('whoami', () => {
  const me = {
    org: 'default',
    environment: 'production',
    agentId: 'web',
    host: 'web-1',
    labels: {tier: 'a'},
    expiresAt: null,
  }

  test('gives environment, what is known of the workload, and expiry', async () => {
    const {to, server} = await workload({body: {...me, more: 1}})
    expect(await whoami(to)).toEqual(me)
    expect(server.seen).toEqual(['GET /workload/v1/whoami'])
  })

  test.each([
    [{...me, agentId: undefined}],
    [{...me, host: 7}],
    [{...me, labels: undefined}],
    [{...me, labels: {tier: 1}}],
    [{...me, expiresAt: 7}],
    [{...me, environment: ''}],
  ])('refuses %j', async (fields) => {
    const {to} = await workload({body: fields})
    expect(await failure(whoami(to))).toMatchObject({code: 'unreachable'})
  })
})
