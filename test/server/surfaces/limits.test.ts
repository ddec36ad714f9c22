import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {FastifyInstance} from 'fastify'
import pino from 'pino'
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest'
import {MAX_HOST} from '../../../src/contract/binding-pattern.ts'
import * as limits from '../../../src/contract/limits.ts'
import * as names from '../../../src/contract/name-rules.ts'
import {UNATTENDED} from '../../../src/contract/pages.ts'
import {MAX_RULES, MAX_WORD} from '../../../src/contract/routes/policy.ts'
import {MAX_BOUND} from '../../../src/contract/routes/tokens.ts'
import {MAX_FILTERS} from '../../../src/contract/routes/workload.ts'
import {countActivity} from '../../../src/server/audit/activity.ts'
import {MOST_FAILURES} from '../../../src/server/credentials/failures.ts'
import {SESSION_IDLE} from '../../../src/server/credentials/last-use.ts'
import {KEPT_FOR} from '../../../src/server/gate/repeats.ts'
import {openServices, type Services} from '../../../src/server/services.ts'
import {SESSION_LIVES} from '../../../src/server/sessions/create.ts'
import {LINK_LIVES} from '../../../src/server/sessions/links.ts'
import {door} from '../../../src/server/surfaces/door.ts'
import {EDGES, table} from '../../docs/limits.ts'
import {openTestStore} from '../../world/engine.ts'

let folder: string
let services: Services
let app: FastifyInstance
let token: string
const workloads: Record<string, string> = {}
let now = new Date('2026-11-24T12:00:00Z')

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-limits-'))
  services = await openServices({
    store: await openTestStore(folder),
    rootKey: Buffer.alloc(32, 7),
    version: '0.0.0',
    dashboardUrl: () => 'https://localhost',
    now: () => now,
  })
  await services.ownerToken(async (made) => {
    token = made
  })
  const logger = pino({level: 'silent'})
  app = await door({
    services,
    surfaces: ['cli', 'workload', 'dashboard'],
    logger,
    tls: {key: '', cert: ''},
    trustedProxies: [],
  })
  await send('PUT', '/secrets/DB?scope=a', {value: {encoding: 'utf8', data: 'x'}})
  await send('POST', '/scopes?scope=b')
  for (const name of ['full', 'keys', 'bytes']) {
    await send('POST', `/environments?environment=${name}`)
    workloads[name] = (await send('POST', '/tokens', {name, role: 'workload', environment: name})).json.token
  }
  await setKind('reference', '${secret.a/DB}', 'CHAIN1')
  for (let n = 2; n <= limits.MAX_REFERENCE_DEPTH; n += 1)
    await setKind('reference', `\${secret.a/CHAIN${n - 1}}`, `CHAIN${n}`)
  await Promise.all(many(limits.MAX_BINDINGS - 1, (n) => bindTo('full', `s${n}`)))
  for (const scope of ['keys', 'bytes']) await bindTo(scope, scope)
  const set = (items: object[]) => send('PUT', '/secrets', {items})
  await set(many(limits.MAX_RESOLVED + 1, (n) => ({scope: 'keys', key: `K${n}`, value: {encoding: 'utf8', data: 'x'}})))
  const value = {encoding: 'utf8', data: a(limits.MAX_VALUE_BYTES)}
  const mebibytes = limits.MAX_RESOLVED_BYTES / limits.MAX_VALUE_BYTES
  await set(many(mebibytes, (n) => ({scope: 'bytes', key: `V${n}`, value})))
  const small = {encoding: 'utf8', data: 'x'}
  await set([{scope: 'bytes', key: 'MORE', value: small}])
  const half = many(mebibytes / 2, (n) => ({key: `V${n}`, value}))
  await set(half.map((one) => ({...one, scope: 'half'})))
  await set([...half, {key: 'MORE', value: small}].map((one) => ({...one, scope: 'more'})))
  await set(many(limits.MAX_COMPARED, (n) => ({scope: 'most', key: `K${n}`, value: small})))
})
afterAll(async () => {
  await app?.close()
  await services?.close()
  rmSync(folder, {recursive: true})
})
// What is counted by the minute begins anew with each test.
beforeEach(() => later(60_000))

const later = (ms: number) => {
  now = new Date(now.getTime() + ms)
}

interface Answer {
  status: number
  code?: string
  detail?: string
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of a body
  json: any
}

async function send(
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await app.inject({
    method,
    url: path === '/whoami' ? '/admin/v1/whoami' : `/admin/v1/orgs/default${path}`,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : {'content-type': 'application/json'}),
      ...headers,
    },
    ...(body === undefined ? {} : {payload: body}),
  })
  const json = answer.json()
  return {status: answer.statusCode, code: json.code, detail: json.detail, json}
}

const compare = (scope: string, other: string) => send('GET', `/scopes/compare?scope=${scope}&with=${other}`)

const a = (length: number) => 'a'.repeat(length)
const many = <T>(length: number, make: (n: number) => T) => Array.from({length}, (_, n) => make(n))
const letters = (n: number) => `${String.fromCharCode(97 + (n % 26))}${String.fromCharCode(97 + Math.floor(n / 26))}`

const setValue = (encoding: string, data: string) => send('PUT', '/secrets/V?scope=a', {value: {encoding, data}})
const padded = (length: number) => {
  const json = JSON.stringify({value: {encoding: 'utf8', data: 'x'}})
  return send('PUT', '/secrets/V?scope=a', json + ' '.repeat(length - json.length))
}
const nested = (depth: number) => send('PUT', '/policy', `${'['.repeat(depth)}${']'.repeat(depth)}`)
/** A bracket, and commas. */
const parts = (path: string, count: number) => send('PUT', path, `[1${',1'.repeat(count - 1)}]`)
const fields = (count: number) =>
  send('POST', '/secrets/DB/facts?scope=a', Object.fromEntries(many(count, (n) => [`f${n}`, 1])))
const withId = (length: number) => send('GET', '/whoami', undefined, {'x-request-id': a(length)})
const describe = (body: object, query = '') => send('POST', `/secrets/DB/facts?scope=a&dryRun=true${query}`, body)
const scope = (text: string) => send('POST', `/scopes?scope=${text}&dryRun=true`)
const segments = (count: number) => many(count, () => 's').join('/')
const withTags = (count: number) => describe({tags: Object.fromEntries(many(count, (n) => [`t${n}`, 'x']))})
const until = (length: number) => `${'2090-01-01T00:00:00.'.padEnd(length - 1, '1')}Z`
const kept = (keptVersions: number) => send('PUT', '/limits?dryRun=true', {keptVersions})
const purge = (olderThan: number) => send('POST', '/secrets/purge?dryRun=true', {olderThan})
const lock = (count: number) =>
  send('POST', '/policy/lock?dryRun=true', {selectors: many(count, () => ({by: 'operation', name: 'secrets.set'}))})
const apply = (names: string[]) =>
  send('PUT', '/policy?dryRun=true', {
    rules: names.map((name) => ({selector: {by: 'category', name}, effect: 'cli-only', reason: null})),
  })
let made = 0
const bind = (facts: object) => {
  made += 1
  return send('POST', '/tokens', {name: `bound-${made}`, role: 'auditor', ...facts})
}
const cursor = (length: number) => send('GET', `/secrets?cursor=${a(length)}`)
const longest = Buffer.from(JSON.stringify([a(names.MAX_SCOPE), a(names.MAX_KEY)])).toString('base64url')

const fieldsOf = (count: number) => JSON.stringify(Object.fromEntries(many(count, (n) => [`f${n}`, 'x'])))
const setKind = (type: string, data: string, key = 'KIND') =>
  send('PUT', `/secrets/${key}?scope=a`, {type, value: {encoding: 'utf8', data}})
const bindTo = (environment: string, scope: string, facts: object = {}) =>
  send('POST', `/environments/bind?environment=${environment}`, {scope, ...facts})
const tryBind = (facts: object) =>
  send('POST', '/environments/bind?environment=keys&dryRun=true', {scope: 'x', ...facts})
const claim = (facts: object) => {
  made += 1
  return send('POST', '/tokens?dryRun=true', {name: `w-${made}`, role: 'workload', environment: 'keys', ...facts})
}
const resolve = async (name: string, query = ''): Promise<Answer> => {
  const headers = {authorization: `Bearer ${workloads[name]}`}
  const answer = await app.inject({url: `/workload/v1/resolve${query}`, headers})
  const json = answer.json()
  return {status: answer.statusCode, code: json.code, detail: json.detail, json}
}

interface Edge {
  served: () => Promise<Answer>[]
  refused: () => Promise<Answer>[]
  /** How the served one is refused after all, for something else. */
  after?: string | RegExp
}

/** There are not as many categories, nor as long ones. */
const NO_CATEGORY = 'No operation of the dashboard has this category; `postern policy show` lists them.'

const edges: Record<string, Edge> = {
  'a value': {
    served: () => [
      setValue('utf8', a(limits.MAX_VALUE_BYTES)),
      setValue('base64', Buffer.alloc(limits.MAX_VALUE_BYTES).toString('base64')),
    ],
    refused: () => [
      setValue('utf8', a(limits.MAX_VALUE_BYTES + 1)),
      setValue('utf8', `${a(limits.MAX_VALUE_BYTES - 1)}é`),
      setValue('base64', Buffer.alloc(limits.MAX_VALUE_BYTES + 1).toString('base64')),
      setValue('base64', Buffer.alloc(limits.MAX_VALUE_BYTES + 3).toString('base64')),
    ],
  },
  'a body': {
    served: () => [padded(limits.MAX_BODY_BYTES)],
    refused: () => [padded(limits.MAX_BODY_BYTES + 1)],
  },
  'depth of a body': {
    served: () => [nested(limits.MAX_NESTED)],
    refused: () => [nested(limits.MAX_NESTED + 1)],
    after: 'body is missing or not well formed.',
  },
  'parts of a body': {
    served: () => [parts('/policy', limits.MAX_PARTS)],
    refused: () => [parts('/policy', limits.MAX_PARTS + 1)],
    after: 'body is missing or not well formed.',
  },
  'fields of an object in a body': {
    served: () => [fields(limits.MAX_FIELDS)],
    refused: () => [fields(limits.MAX_FIELDS + 1)],
    after: 'There is an unknown field in body.',
  },
  'parts of a body of many values': {
    served: () => ['/secrets', '/variables'].map((path) => parts(path, limits.MAX_BULK_PARTS)),
    refused: () => ['/secrets', '/variables'].map((path) => parts(path, limits.MAX_BULK_PARTS + 1)),
    after: 'body is missing or not well formed.',
  },
  'a request id': {
    served: () => [withId(limits.MIN_REQUEST_ID), withId(limits.MAX_REQUEST_ID)],
    refused: () => [withId(limits.MIN_REQUEST_ID - 1), withId(limits.MAX_REQUEST_ID + 1)],
  },
  'a name of an organization, token or role': {
    served: () => [
      send('POST', '/organizations', {name: a(names.MAX_ORG)}),
      send('POST', '/tokens', {name: a(names.MAX_ORG), role: 'auditor'}),
      send('POST', '/roles', {name: a(names.MAX_ORG), permissions: ['secrets.list']}),
    ],
    refused: () => [
      send('POST', '/organizations', {name: a(names.MAX_ORG + 1)}),
      send('POST', '/tokens', {name: a(names.MAX_ORG + 1), role: 'auditor'}),
      send('POST', '/roles', {name: a(names.MAX_ORG + 1), permissions: ['secrets.list']}),
      send('DELETE', `/roles/${a(names.MAX_ORG + 1)}`),
    ],
  },
  'a scope': {
    served: () => [scope(a(names.MAX_SCOPE))],
    refused: () => [scope(a(names.MAX_SCOPE + 1))],
  },
  'segments of a scope': {
    served: () => [scope(segments(names.MAX_SEGMENTS)), bind({scopes: [`${segments(names.MAX_SEGMENTS)}/**`]})],
    refused: () => [scope(segments(names.MAX_SEGMENTS + 1)), bind({scopes: [segments(names.MAX_SEGMENTS + 1)]})],
  },
  'a key': {
    served: () => [send('POST', `/secrets/${a(names.MAX_KEY)}/declare?scope=a&dryRun=true`)],
    refused: () => [
      send('POST', `/secrets/${a(names.MAX_KEY + 1)}/declare?scope=a&dryRun=true`),
      send('POST', `/secrets/${a(names.MAX_KEY + 100)}/declare?scope=a&dryRun=true`),
    ],
  },
  'a note, owner, reason or tag': {
    served: () => [
      describe({note: a(names.MAX_NOTE), owner: a(names.MAX_NOTE), tags: {t: a(names.MAX_NOTE)}}),
      send('POST', '/policy/reset?dryRun=true', {reason: a(names.MAX_NOTE)}),
    ],
    refused: () => [
      describe({note: a(names.MAX_NOTE + 1)}),
      describe({owner: a(names.MAX_NOTE + 1)}),
      describe({tags: {t: a(names.MAX_NOTE + 1)}}),
      send('POST', '/policy/reset?dryRun=true', {reason: a(names.MAX_NOTE + 1)}),
    ],
  },
  'a point in time': {
    served: () => [
      describe({expiresAt: until(limits.MAX_TIME)}),
      send('GET', `/audit?since=${until(limits.MAX_TIME)}`),
    ],
    refused: () => [
      describe({expiresAt: until(limits.MAX_TIME + 1)}),
      send('GET', `/audit?since=${until(limits.MAX_TIME + 1)}`),
      bind({expiresAt: until(limits.MAX_TIME + 1)}),
    ],
  },
  'tags of a secret': {
    served: () => [withTags(limits.MAX_TAGS)],
    refused: () => [withTags(limits.MAX_TAGS + 1)],
  },
  'days between rotations': {
    served: () => [describe({rotateDays: limits.MAX_ROTATE_DAYS}), describe({rotateDays: 1})],
    refused: () => [describe({rotateDays: limits.MAX_ROTATE_DAYS + 1}), describe({rotateDays: 0})],
  },
  'days that a list looks ahead or back': {
    served: () => ['unusedDays', 'expiringDays'].map((name) => send('GET', `/secrets?${name}=${limits.MAX_LIST_DAYS}`)),
    refused: () =>
      ['unusedDays', 'expiringDays'].map((name) => send('GET', `/secrets?${name}=${limits.MAX_LIST_DAYS + 1}`)),
  },
  'days of activity': {
    served: () => [send('GET', `/audit/activity?days=${limits.MAX_ACTIVITY_DAYS}`)],
    refused: () => [limits.MAX_ACTIVITY_DAYS + 1, 0].map((days) => send('GET', `/audit/activity?days=${days}`)),
  },
  'a page': {
    served: () =>
      ['secrets', 'scopes', 'tokens', 'audit'].map((what) => send('GET', `/${what}?limit=${limits.MAX_PAGE}`)),
    refused: () =>
      ['secrets', 'scopes', 'tokens', 'audit'].flatMap((what) =>
        [0, limits.MAX_PAGE + 1].map((limit) => send('GET', `/${what}?limit=${limit}`)),
      ),
  },
  'a cursor': {
    served: () => [cursor(limits.MAX_CURSOR)],
    refused: () => [cursor(limits.MAX_CURSOR + 1)],
    after: 'The cursor is not one that a page gave.',
  },
  'a tag to search for': {
    served: () => [send('GET', `/secrets?tag=${a(names.MAX_ORG)}=${a(names.MAX_NOTE)}`)],
    refused: () => [send('GET', `/secrets?tag=${a(names.MAX_ORG)}=${a(names.MAX_NOTE + 1)}`)],
  },
  'a search for names': {
    served: () => [send('GET', `/secrets?match=${a(names.MAX_SEARCH)}`)],
    refused: () => [send('GET', `/secrets?match=${a(names.MAX_SEARCH + 1)}`)],
  },
  'an operation to search for': {
    served: () => [send('GET', `/audit?operation=a.${a(names.MAX_OPERATION - 2)}`)],
    refused: () => [send('GET', `/audit?operation=a.${a(names.MAX_OPERATION - 1)}`)],
    after: /^There is no operation of this name\./,
  },
  'kept versions of a value': {
    served: () => [kept(1), kept(limits.MAX_KEPT_VERSIONS)],
    refused: () => [kept(0), kept(limits.MAX_KEPT_VERSIONS + 1)],
  },
  'how far back a purge goes': {
    served: () => [purge(0), purge(limits.MAX_PURGE_AGE)],
    refused: () => [purge(-1), purge(limits.MAX_PURGE_AGE + 1)],
  },
  'selectors of a lock, unlock or reset': {
    served: () => [lock(limits.MAX_SELECTORS)],
    refused: () => [lock(limits.MAX_SELECTORS + 1), lock(0)],
  },
  'rules of a policy': {
    served: () => [apply(many(MAX_RULES, letters))],
    refused: () => [apply(many(MAX_RULES + 1, letters))],
    after: NO_CATEGORY,
  },
  'a word of a selector': {
    served: () => [apply([a(MAX_WORD)])],
    refused: () => [apply([a(MAX_WORD + 1)])],
    after: NO_CATEGORY,
  },
  'scopes of a token': {
    served: () => [bind({scopes: many(MAX_BOUND, (n) => `s${n}`)})],
    refused: () => [bind({scopes: many(MAX_BOUND + 1, (n) => `s${n}`)}), bind({scopes: []})],
  },
  'addresses of a token': {
    served: () => [bind({cidrs: many(MAX_BOUND, (n) => `10.0.${n}.0/24`)})],
    refused: () => [bind({cidrs: many(MAX_BOUND + 1, (n) => `10.0.${n}.0/24`)}), bind({cidrs: []})],
  },
  'fields of a secret': {
    served: () => [setKind('fields', fieldsOf(limits.MAX_VALUE_FIELDS))],
    refused: () => [setKind('fields', fieldsOf(limits.MAX_VALUE_FIELDS + 1)), setKind('fields', '{}')],
  },
  'references in a value': {
    served: () => [setKind('reference', '${secret.a/DB}'.repeat(limits.MAX_REFERENCES))],
    refused: () => [setKind('reference', '${secret.a/DB}'.repeat(limits.MAX_REFERENCES + 1))],
  },
  'references behind each other': {
    served: () => [setKind('reference', `\${secret.a/CHAIN${limits.MAX_REFERENCE_DEPTH - 1}}`)],
    refused: () => [setKind('reference', `\${secret.a/CHAIN${limits.MAX_REFERENCE_DEPTH}}`)],
  },
  'keys of a binding': {
    served: () => [tryBind({keys: many(limits.MAX_BOUND_KEYS, (n) => `K${n}`)})],
    refused: () => [tryBind({keys: many(limits.MAX_BOUND_KEYS + 1, (n) => `K${n}`)}), tryBind({keys: []})],
  },
  'a host, and a pattern of hosts': {
    served: () => [claim({host: a(MAX_HOST)}), tryBind({host: a(MAX_HOST)})],
    refused: () => [claim({host: a(MAX_HOST + 1)}), tryBind({host: a(MAX_HOST + 1)})],
  },
  'labels of a workload': {
    served: () => [claim({labels: Object.fromEntries(many(limits.MAX_LABELS, (n) => [`l${n}`, 'x']))})],
    refused: () => [claim({labels: Object.fromEntries(many(limits.MAX_LABELS + 1, (n) => [`l${n}`, 'x']))})],
  },
  'the text of a label': {
    served: () => [claim({labels: {l: a(limits.MAX_LABEL)}})],
    refused: () => [claim({labels: {l: a(limits.MAX_LABEL + 1)}}), claim({labels: {l: ''}})],
  },
  'bindings of an environment': {
    served: () => [bindTo('full', 'the-last')],
    refused: () => [bindTo('full', 'one-more')],
  },
  'patterns of a filter of a resolve': {
    served: () => ['only', 'scope'].map((name) => resolve('full', `?${name}=${many(MAX_FILTERS, letters)}`)),
    refused: () => ['only', 'scope'].map((name) => resolve('full', `?${name}=${many(MAX_FILTERS + 1, letters)}`)),
  },
  'keys that a resolve gives': {
    served: () => [resolve('keys', '?only=K?,K??,K???,K1???')],
    refused: () => [resolve('keys')],
  },
  'values that a resolve gives': {
    served: () => [resolve('bytes', '?only=V*')],
    refused: () => [resolve('bytes')],
  },
  'names of two scopes that are compared': {
    served: () => [compare('most', 'b')],
    refused: () => [compare('most', 'a')],
  },
  'values that a comparison opens': {
    served: () => [compare('bytes', 'half')],
    refused: () => [compare('bytes', 'more')],
  },
}

/** Limits over time, each with a test of its own below. */
const overTime = [
  'failed sign-ins of an address, or of a token’s beginning',
  'comparisons of a credential, and those of a scope',
  'entries that activity is counted over',
  'a link to the dashboard',
  'a session',
  'a session that is not used',
  'a person’s workload credential',
  'a reply that is kept for a repeat',
]

test('every limit that docs/limits.ts says is tried here is', () => {
  const said = table.filter(({tried}) => tried.file === EDGES).map(({limit}) => limit)
  expect([...Object.keys(edges), ...overTime].sort()).toEqual(said.sort())
})

test.each(Object.entries(edges))('%s: at the limit it is served, one beyond it is refused', async (limit, edge) => {
  const {code} = table.find((row) => row.limit === limit)!
  for (const answer of await Promise.all(edge.served()))
    if (edge.after === undefined) expect(answer, answer.detail).toMatchObject({status: 200})
    else expect(answer.detail).toMatch(edge.after)
  for (const answer of await Promise.all(edge.refused())) {
    expect(answer).toMatchObject({code})
    if (edge.after !== undefined) expect(answer.detail).not.toMatch(edge.after)
  }
})

test('the longest names make a cursor that is served', async () => {
  expect(longest.length).toBeLessThanOrEqual(limits.MAX_CURSOR)
  expect((await send('GET', `/secrets?cursor=${longest}`)).status).toBe(200)
})

test('failed sign-ins: as many as are let through in a minute, then none until it is over', async () => {
  const fail = async () => (await send('GET', '/whoami', undefined, {authorization: 'Bearer wrong'})).code
  for (let n = 0; n < MOST_FAILURES; n += 1) expect(await fail()).toBe('unauthenticated')
  expect(await fail()).toBe('rate_limited')
  expect((await send('GET', '/whoami')).status).toBe(200)
  later(59_999)
  expect(await fail()).toBe('rate_limited')
  later(1)
  expect(await fail()).toBe('unauthenticated')
})

test('links that do not sign in count as failed sign-ins', async () => {
  later(60_000)
  const answer = (accept: string) =>
    app.inject({url: `/dashboard/signin?link=${'x'.repeat(43)}`, headers: {accept, 'x-request-id': 'of-this-test'}})
  const open = async () => (await answer('*/*')).statusCode
  for (let n = 0; n < MOST_FAILURES; n += 1) expect(await open()).toBe(403)
  expect(await open()).toBe(429)
  // A browser shows a page, and a program reads a problem.
  const [shown, read] = [await answer('text/html,*/*;q=0.8'), await answer('*/*')]
  expect([shown.statusCode, shown.headers['retry-after']]).toEqual([429, read.headers['retry-after']])
  expect(shown.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(shown.body).toMatch(/<h1>Too many requests<\/h1><p>.*<code>of-this-test<\/code>/)
  expect(read.json()).toMatchObject({code: 'rate_limited'})
  expect((await send('GET', '/whoami')).status).toBe(200)
  later(60_000)
  expect(await open()).toBe(403)
})

test('comparisons: as many as a credential has in a minute, then none until it is over', async () => {
  const answer = async () => (await compare('a', 'b')).code
  for (let n = 0; n < limits.COMPARES_PER_MINUTE; n += 1) expect(await answer()).toBeUndefined()
  expect(await answer()).toBe('rate_limited')
  later(60_000)
  expect(await answer()).toBeUndefined()
})

test('activity is counted over the newest entries, and says since when, where there are more', async () => {
  for (let n = 0; n < 4; n += 1) await send('POST', `/secrets/COUNTED_${n}/declare?scope=counted`)
  await send('DELETE', '/secrets/NOT_THERE?scope=counted')
  const {json} = await send('GET', '/audit?limit=5')
  const times = (json.entries as {canonical: string}[]).map(({canonical}) => JSON.parse(canonical).time as string)
  const {reader, now} = services.context
  const counted = (most: number) =>
    countActivity(now, most)({db: reader, actor: {orgId: 1}} as never, {
      params: {org: 'default'},
      query: {},
      body: undefined,
    })
  const some = await counted(5)
  expect(some).toEqual({
    days: [{day: times[0]!.slice(0, 10), done: 4, disclosed: 0, refused: 1, failed: 0}],
    since: times.at(-1),
  })
  const all = await counted(limits.COUNTED_ENTRIES)
  expect(all.since).toBeNull()
  expect(all.days.at(-1)!.done).toBeGreaterThan(4)
})

/** A one-time link, and what its page and its button answer. */
async function opened() {
  const link = new URL((await send('POST', '/dashboard/links')).json.url).searchParams.get('link')!
  return {
    page: async () => (await app.inject({url: `/dashboard/signin?link=${link}`})).statusCode,
    press: () =>
      app.inject({
        method: 'POST',
        url: '/dashboard/signin',
        headers: {'content-type': 'application/x-www-form-urlencoded'},
        payload: `link=${link}`,
      }),
  }
}

test('a link signs in as long as it lives, and no longer', async () => {
  const [early, late] = [await opened(), await opened()]
  later(LINK_LIVES - 1)
  expect([await early.page(), (await early.press()).statusCode]).toEqual([200, 303])
  later(1)
  expect([await late.page(), (await late.press()).statusCode]).toEqual([403, 403])
})

/** Signs a browser in, and gives what asks who it is. */
async function signedIn() {
  const cookie = String((await (await opened()).press()).headers['set-cookie']).split(';')[0]!
  return async (headers: Record<string, string> = {}) =>
    (await app.inject({url: '/dashboard/v1/whoami', headers: {cookie, ...headers}})).statusCode
}

test('what the page asks by itself keeps no session alive', async () => {
  const whoami = await signedIn()
  for (let asked = 0; asked < SESSION_IDLE - 60_000; asked += 60_000) {
    later(60_000)
    expect(await whoami({[UNATTENDED]: '1'})).toBe(200)
    await services.minutely()
  }
  later(60_000)
  expect(await whoami({[UNATTENDED]: '1'})).toBe(401)
})

test('a session is one as long as it lives, and no longer', async () => {
  const whoami = await signedIn()
  for (let lived = 0; lived < SESSION_LIVES - SESSION_IDLE; lived += SESSION_IDLE / 2) {
    later(SESSION_IDLE / 2)
    expect(await whoami()).toBe(200)
    await services.minutely()
  }
  later(SESSION_IDLE - 1)
  expect(await whoami()).toBe(200)
  await services.minutely()
  later(1)
  expect(await whoami()).toBe(401)
})

test('a session that is not used is one for half an hour, and no longer', async () => {
  const [used, unused] = [await signedIn(), await signedIn()]
  later(SESSION_IDLE - 1)
  expect(await used()).toBe(200)
  await services.minutely()
  later(1)
  expect([await used(), await unused()]).toEqual([200, 401])
})

test('a session whose last use is not written yet is ended all the same, for good', async () => {
  const whoami = await signedIn()
  later(SESSION_IDLE - 1)
  expect(await whoami()).toBe(200)
  later(1)
  const {json} = await send('POST', '/sessions/revoke', {token: 'owner'})
  expect(json.changed).toBe(true)
  await services.minutely()
  expect(await whoami()).toBe(401)
})

test('a person’s workload credential is one for 15 minutes, and no longer', async () => {
  const entered = (await send('POST', '/environments/enter?environment=full')).json
  const headers = {authorization: `Bearer ${entered.token}`}
  const whoami = async () => (await app.inject({url: '/workload/v1/whoami', headers})).statusCode
  later(limits.ENTERED_FOR - 1)
  expect(await whoami()).toBe(200)
  later(1)
  expect(await whoami()).toBe(401)
})

test('a repeat is answered as the first time as long as its reply is kept, and then done anew', async () => {
  const set = (data: string, id: string) =>
    send('PUT', '/secrets/AGAIN?scope=a', {value: {encoding: 'utf8', data}}, {'x-request-id': id})
  // Each write forgets two replies, so these forget all that are too old.
  const forget = (round: string) => Promise.all(many(100, (n) => set('two', `${round}-${n}-later`)))
  const first = await set('one', 'repeated')
  await set('two', 'another-one')
  later(KEPT_FOR)
  await forget('first')
  expect(await set('one', 'repeated')).toEqual(first)
  later(1)
  await forget('second')
  expect((await set('one', 'repeated')).json).toMatchObject({version: first.json.version + 2, changed: true})
})
