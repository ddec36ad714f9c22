import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {MAX_BULK_BODY_BYTES, MAX_BULK_ITEMS} from '../../src/contract/limits.ts'
import {AUDIT_TABLES, contentOf, sqlOn} from '../world/database.ts'
import {request} from '../world/request.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w.close())

interface Item {
  scope: string
  key: string
  value: {encoding: 'utf8'; data: string}
  expectVersion?: number
}
const item = (n: number, data = `value ${n}`, scope = 'bulk'): Item => ({
  scope,
  key: `KEY_${String(n).padStart(6, '0')}`,
  value: {encoding: 'utf8', data},
})
const items = (count: number, from = 0, scope = 'bulk') =>
  Array.from({length: count}, (_, n) => item(from + n, undefined, scope))
const setMany = (
  list: Item[],
  more: {token?: string; query?: {dryRun: boolean}; headers?: Record<string, string>} = {},
) =>
  asToken(
    w.server,
    more.token ?? w.token,
    'secretsSetMany',
    {params: {org: 'default'}, body: {items: list}, ...(more.query && {query: more.query})},
    more.headers,
  )
const auditOf = async (requestId: string) => {
  const rows = await sqlOn<{outcome: string; canonical: string}>(
    w.server.data,
    'select outcome, canonical from audit where canonical like ? order by sequence',
    `%"requestId":"${requestId}"%`,
  )
  return rows.map(({outcome, canonical}) => {
    const {target, reason} = JSON.parse(canonical)
    return {outcome, target, reason}
  })
}

describe('what is beyond a limit', () => {
  test('says which, and how much it is', async () => {
    const answer = await setMany(items(MAX_BULK_ITEMS + 1))
    expect(answer).toMatchObject({status: 400, json: {detail: 'body.items has more than 10000 items.'}})
    const large = await setMany([item(1, 'x'.repeat(MAX_BULK_BODY_BYTES))])
    expect(large).toMatchObject({status: 413, json: {detail: expect.stringContaining('33554432 bytes')}})
  })
})

describe('one call for many values', () => {
  test('takes 10,000 keys at once: one report, one audit entry a key, every value opens as any other', async () => {
    const answer = await setMany(items(MAX_BULK_ITEMS), {headers: {'x-request-id': 'bulk-first-call'}})
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({changed: MAX_BULK_ITEMS, unchanged: 0})
    expect(answer.json.items[4321]).toEqual({scope: 'bulk', key: 'KEY_004321', version: 1, changed: true})
    const entries = await auditOf('bulk-first-call')
    expect(entries).toHaveLength(MAX_BULK_ITEMS)
    expect(entries[17]).toEqual({
      outcome: 'done',
      target: {kind: 'secret', scope: 'bulk', name: 'KEY_000017', version: 1},
      reason: null,
    })
    const again = await setMany(items(MAX_BULK_ITEMS), {headers: {'x-request-id': 'bulk-first-call'}})
    expect(again.json).toEqual(answer.json)
    expect(await auditOf('bulk-first-call')).toHaveLength(MAX_BULK_ITEMS)
    await succeed(w.cli(['audit', 'verify']))
  })

  test('says which changed, and records those that did not in one entry', async () => {
    const answer = await setMany([item(1), item(2, 'another'), item(3)], {headers: {'x-request-id': 'bulk-some'}})
    expect(answer.json).toEqual({
      changed: 1,
      unchanged: 2,
      items: [
        {scope: 'bulk', key: 'KEY_000001', version: 1, changed: false},
        {scope: 'bulk', key: 'KEY_000002', version: 2, changed: true},
        {scope: 'bulk', key: 'KEY_000003', version: 1, changed: false},
      ],
    })
    expect(await auditOf('bulk-some')).toEqual([
      {outcome: 'done', target: {kind: 'secret', scope: 'bulk', name: 'KEY_000002', version: 2}, reason: null},
      {outcome: 'unchanged', target: {kind: 'secret', scope: 'bulk'}, reason: '2 of 3 had the value already'},
    ])
  })

  test('that change nothing at all is one entry, however many they are', async () => {
    await setMany(items(MAX_BULK_ITEMS - 1, 3))
    const again = await setMany(items(MAX_BULK_ITEMS - 1, 3), {headers: {'x-request-id': 'bulk-none-new'}})
    expect(again.json).toMatchObject({changed: 0, unchanged: MAX_BULK_ITEMS - 1})
    expect(await auditOf('bulk-none-new')).toEqual([
      {outcome: 'unchanged', target: {kind: 'secret', scope: 'bulk'}, reason: '9999 of 9999 had the value already'},
    ])
    await setMany([item(4), item(5, 'x', 'else')])
    await setMany([item(4), item(5, 'x', 'else')], {headers: {'x-request-id': 'bulk-two-scopes'}})
    expect(await auditOf('bulk-two-scopes')).toMatchObject([{outcome: 'unchanged', target: {kind: 'secret'}}])
    await setMany([item(4), item(5, 'y', 'else')], {headers: {'x-request-id': 'bulk-but-one'}})
    expect(await auditOf('bulk-but-one')).toMatchObject([
      {target: {name: 'KEY_000005', version: 2}},
      {target: {scope: 'bulk', name: 'KEY_000004', version: 1}, reason: '1 of 2 had the value already'},
    ])
    await succeed(w.cli(['audit', 'verify']))
  })

  test.each<[string, Item[], number, string]>([
    ['a version conflict', [item(20_000), {...item(4), expectVersion: 9}], 409, 'Item 2 of 2'],
    ['a name twice', [item(20_000), item(5), item(5, 'other')], 400, 'Item 3 has'],
    ['a value that is no text', [item(20_000), item(6, '\ud800')], 422, 'Item 2 of 2'],
    ['a name that is none', [item(20_000), {...item(7), key: 'a-b'}], 400, 'body'],
    ['a scope that is none', [item(20_000), item(8, 'x', 'a//b')], 400, 'body'],
    ['none at all', [], 400, 'body'],
    ['one too many', items(MAX_BULK_ITEMS + 1, 20_000), 400, 'body'],
  ])('writes nothing at all for %s', async (_, list, status, detail) => {
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    const answer = await setMany(list)
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(detail)
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })

  test('a trial says what would change, and writes nothing', async () => {
    const before = await contentOf(w.server.data)
    const answer = await setMany([item(1, 'tried'), item(30_000)], {query: {dryRun: true}})
    expect(answer.json).toMatchObject({changed: 2, unchanged: 0})
    expect(await contentOf(w.server.data)).toEqual(before)
  })

  test('a trial does not tell whether a guess at a secret is right', async () => {
    const answer = await setMany([item(8), item(9, 'wrong')], {query: {dryRun: true}})
    expect(answer.json.items.map(({changed}) => changed)).toEqual([true, true])
    const [params, query] = [
      {org: 'default', key: item(8).key},
      {scope: 'bulk', dryRun: true},
    ]
    const single = await asToken(w.server, w.token, 'secretsSet', {params, query, body: {value: item(8).value}})
    expect(single.json).toMatchObject({changed: true, version: 2})
  })

  test('a bound token sets many within its scopes, and nothing of a call that reaches beyond', async () => {
    const {stdout} = await succeed(w.cli(['token', 'create', 'bound', '--role', 'writer', '--scope', 'mine/**']))
    const token = stdout.trim()
    expect((await setMany([item(1, 'x', 'mine/a'), item(1, 'x', 'mine')], {token})).status).toBe(200)
    expect(await setMany([item(2, 'x', 'mine'), item(1, 'x', 'bulk')], {token})).toMatchObject({
      status: 403,
      json: {code: 'forbidden'},
    })
    expect((await succeed(w.cli(['secret', 'list', '--scope', 'mine']))).stdout).not.toContain('KEY_000002')
  })

  test('single and many values that wait together each do what they say', async () => {
    const single = (n: number) =>
      asToken(w.server, w.token, 'secretsSet', {
        params: {org: 'default', key: `SINGLE_${n}`},
        query: {scope: 'mixed'},
        body: {value: {encoding: 'utf8', data: String(n)}},
      })
    const answers = await Promise.all(
      Array.from({length: 10}, (_, n) => [single(n), setMany(items(20, n * 20, 'mixed'))]).flat(),
    )
    expect(answers.map(({status}) => status)).toEqual(Array(20).fill(200))
    expect(
      (await succeed(w.cli(['secret', 'list', '--scope', 'mixed', '--json']))).stdout.match(/"key"/g),
    ).toHaveLength(210)
  })

  test('variables too, with their locks', async () => {
    const value = {encoding: 'utf8' as const, data: 'v'}
    const list = [
      {scope: 'bulk', key: 'HOST', value, locked: true},
      {scope: 'bulk', key: 'PORT', value},
    ]
    const answer = await asToken(w.server, w.token, 'variablesSetMany', {params: {org: 'default'}, body: {items: list}})
    expect(answer.json).toMatchObject({changed: 2})
    expect((await succeed(w.cli(['variable', 'list', '--scope', 'bulk']))).stdout).toMatch(/HOST.*\tlocked\t/)
  })

  test('the body may have 32 MiB and no byte more; elsewhere 2 MiB', async () => {
    const send = (bytes: number, path: string, method = 'PUT') => {
      const json = JSON.stringify({items: [item(1)]})
      return request(w.server.url, path, w.server.ca, {
        method,
        headers: {authorization: `Bearer ${w.token}`, 'content-type': 'application/json'},
        body: json + ' '.repeat(bytes - json.length),
      })
    }
    const many = '/admin/v1/orgs/default/secrets'
    expect((await send(MAX_BULK_BODY_BYTES, many)).status).toBe(200)
    expect(await send(MAX_BULK_BODY_BYTES + 1, many)).toMatchObject({status: 413, json: {code: 'too_large'}})
    const one = '/admin/v1/orgs/default/secrets/KEY?scope=bulk'
    expect((await send(2 * 1024 * 1024, one)).json.code).toBe('malformed')
    expect((await send(2 * 1024 * 1024 + 1, one)).json.code).toBe('too_large')
  })
})

test('a list of 100,000 names pages from its first to its last, each once and in order', async () => {
  for (let n = 0; n < 10; n += 1) expect((await setMany(items(10_000, n * 10_000, 'many'))).status).toBe(200)
  const keys: string[] = []
  let cursor: string | undefined
  do {
    const query = {scope: 'many', limit: 1000, ...(cursor === undefined ? {} : {cursor})}
    const {json} = await asToken(w.server, w.token, 'secretsList', {params: {org: 'default'}, query})
    keys.push(...json.items.map(({key}) => key))
    cursor = json.nextCursor ?? undefined
  } while (cursor !== undefined)
  expect(keys).toEqual(items(100_000).map(({key}) => key))
  expect((await succeed(w.cli(['scope', 'list']))).stdout).toContain('many\t100000\t0')
})
