import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {Route} from '../../src/contract/route.ts'
import {routes} from '../../src/contract/routes/index.ts'
import {surfaces} from '../../src/contract/surfaces.ts'
import {pressButton, type Session, signIn, target} from '../world/browser.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {type RawRequest, request} from '../world/request.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let dashboard: Session
beforeAll(async () => {
  w = await world()
  dashboard = await w.dashboard()
  await succeed(w.cli(['policy', 'lock', '--all']))
})
afterAll(() => w?.close())

const body = {value: {encoding: 'utf8', data: 'tried'}}
const setPath = '/orgs/default/secrets/DB?scope=production'
const stored = () => contentOf(w.server.data, AUDIT_TABLES)

describe('a dashboard session is the dashboard, whatever it says of itself', () => {
  let before: Awaited<ReturnType<typeof stored>>
  beforeEach(async () => {
    before = await stored()
  })

  test.each<Record<string, string>>([
    {'user-agent': 'postern/0.1.0 linux-x64 node-v20'},
    {'x-postern-surface': 'cli', 'x-surface': 'cli', 'x-actor': 'owner', surface: 'cli'},
    {'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'localhost', 'x-forwarded-prefix': '/admin/v1'},
    {'x-original-url': `/admin/v1${setPath}`, 'x-rewrite-url': `/admin/v1${setPath}`},
    {'x-http-method-override': 'GET', 'x-method-override': 'GET'},
    {authorization: 'Bearer postern_0000000000000000000000000000000000000000000000000'},
    {authorization: 'Basic b3duZXI6b3duZXI='},
    {forwarded: 'for=127.0.0.1;proto=https;host=localhost', via: '1.1 postern'},
  ])('with the headers %j', async (headers) => {
    const answer = await dashboard.send(`/dashboard/v1${setPath}`, {method: 'PUT', headers, body})
    expect(answer).toMatchObject({status: 403, json: {code: 'operation_disabled'}})
    expect(await stored()).toEqual(before)
  })

  test('with a valid token beside its cookie', async () => {
    const headers = {authorization: `Bearer ${w.token}`}
    const answer = await dashboard.send(`/dashboard/v1${setPath}`, {method: 'PUT', headers, body})
    expect(answer).toMatchObject({status: 403, json: {code: 'operation_disabled'}})
    expect(await stored()).toEqual(before)
  })

  test.each([
    `/admin/v1${setPath}`,
    `/dashboard/v1/../../admin/v1${setPath}`,
    `/dashboard/v1/..%2f..%2fadmin/v1${setPath}`,
    `/dashboard/v1/%2e%2e/%2e%2e/admin/v1${setPath}`,
    `//admin/v1${setPath}`,
    `/dashboard//v1${setPath}`,
    `/./dashboard/v1${setPath}`,
    `/Dashboard/v1${setPath}`,
    `/ADMIN/v1${setPath}`,
    `/dashboard/v1;/../admin/v1${setPath}`,
    `/dashboard/v1\\..\\..\\admin\\v1${setPath}`,
    '/dashboard/v1/orgs/default/secrets/DB/?scope=production',
    '/dashboard/v1/orgs/default/secrets/DB%2f?scope=production',
    '/dashboard/v1/orgs/default/secrets/a%2f..%2fDB?scope=production',
    '/dashboard/v1/orgs/default/secrets/%EF%BC%A4B?scope=production',
    '/dashboard/v1/orgs/./secrets/DB?scope=production',
    '/dashboard/v1/orgs/default/secrets/DB?scope=production/../other',
    '/dashboard/v1/orgs/default/secrets/DB?scope=production%2F..%2Fother',
    '/dashboard/v1/orgs/default/secrets/DB?scope=a//b',
    '/dashboard/v1/orgs/default/secrets/DB?scope=production&scope=other',
    '/dashboard/v1/orgs/default/secrets/DB?scope=production&surface=cli',
  ])('on the path %s', async (path) => {
    const answer = await dashboard.send(path, {method: 'PUT', body})
    expect([400, 401, 404, 429]).toContain(answer.status)
    expect(await stored()).toEqual(before)
  })
})

/** Refused for want of a credential; after many of those in a minute, for their number. */
const NO_CREDENTIAL = /^(unauthenticated|rate_limited)$/

describe('no credential opens another surface', () => {
  const all = Object.entries(routes) as [string, Route][]
  const sent = (route: Route): RawRequest & {query: object} => ({
    query: {scope: 'production'},
    ...(route.method === 'GET' || route.method === 'DELETE' ? {} : {body}),
  })

  let workload: string
  beforeAll(async () => {
    await succeed(w.cli(['environment', 'create', 'production']))
    const {stdout} = await succeed(w.cli(['token', 'create', 'web', '--environment', 'production']))
    workload = stdout.trim()
  })

  test.each(all)('%s', async (_, route) => {
    const {query, ...options} = sent(route)
    const credentials = {
      cli: {authorization: `Bearer ${w.token}`},
      dashboard: {cookie: dashboard.cookie, 'x-csrf-token': dashboard.csrfToken},
      workload: {authorization: `Bearer ${workload}`},
    }
    for (const surface of surfaces) {
      for (const [own, headers] of Object.entries(credentials)) {
        if (own === surface) continue
        const asked = target(surface, route, {params: {key: 'DB'}, query})
        const answer = await request(w.server.url, asked.path, w.server.ca, {...options, ...asked, headers})
        const isOffered = all.some(
          ([, {method, path, surfaces: on}]) => method === route.method && path === route.path && on.includes(surface),
        )
        expect(answer.json.code, `${own} on ${surface}`).toMatch(isOffered ? NO_CREDENTIAL : /^not_found$/)
      }
    }
  })
})

describe('the one-time link', () => {
  const newLink = async () => {
    const {json} = await asToken(w.server, w.token, 'dashboardOpen', {})
    const url = new URL(json.url)
    return {...json, origin: url.origin, path: url.pathname + url.search, link: url.searchParams.get('link')!}
  }

  test('is spent by the button alone, not by looking', async () => {
    const {origin, path, link, expiresAt} = await newLink()
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(60_000)
    for (const method of ['GET', 'HEAD', 'GET']) {
      const page = await request(origin, path, w.server.ca, {method})
      expect(page.headers['set-cookie']).toBeUndefined()
      if (method === 'GET') expect(page).toMatchObject({status: 200, text: expect.stringContaining('<button>')})
    }
    const answer = await pressButton(origin, link, w.server.ca)
    const [cookie] = answer.headers['set-cookie'] as string[]
    expect(cookie).toMatch(/^__Host-postern-session=[\w-]{43};/)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(attribute)
    expect(cookie).not.toMatch(/domain/i)
    const again = await pressButton(origin, link, w.server.ca)
    expect(again.status).toBe(403)
    expect(again.headers['set-cookie']).toBeUndefined()
    expect((await request(origin, path, w.server.ca)).status).toBe(403)
  })

  test('lets one of 64 in', async () => {
    const {origin, link} = await newLink()
    const answers = await Promise.all(Array.from({length: 64}, () => pressButton(origin, link, w.server.ca)))
    expect(answers.filter((answer) => answer.headers['set-cookie'] !== undefined)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 403)).toHaveLength(63)
  })

  test.each<Record<string, string>>([
    {origin: 'https://elsewhere.test'},
    {origin: 'null'},
    {'sec-fetch-site': 'cross-site'},
    {'sec-fetch-site': 'same-site'},
  ])('is not spent by a form of another site: %j', async (headers) => {
    const {origin, link} = await newLink()
    const forged = await pressButton(origin, link, w.server.ca, headers)
    expect(forged.status).toBe(403)
    expect(forged.headers['set-cookie']).toBeUndefined()
    expect((await pressButton(origin, link, w.server.ca)).headers['set-cookie']).toBeDefined()
  })

  test.each(['', 'x', 'A'.repeat(43), "'; drop table sessions; --"])('is not %j', async (link) => {
    expect((await pressButton(w.server.dashboardUrl, link, w.server.ca)).headers['set-cookie']).toBeUndefined()
  })
})

describe('unsafe methods of a session', () => {
  beforeAll(async () => {
    await succeed(w.cli(['policy', 'reset', '--yes']))
  })

  test.each<{with: string; headers: (other: Session) => Record<string, string>}>([
    {with: 'no CSRF token', headers: () => ({'x-csrf-token': ''})},
    {with: 'a wrong CSRF token', headers: () => ({'x-csrf-token': 'A'.repeat(43)})},
    {with: "another session's CSRF token", headers: (other) => ({'x-csrf-token': other.csrfToken})},
    {with: "another site's origin", headers: () => ({origin: 'https://elsewhere.test'})},
    {with: 'the word of the browser that it is another site', headers: () => ({'sec-fetch-site': 'cross-site'})},
  ])('with $with are refused', async ({headers}) => {
    const options = {method: 'PUT', headers: headers(await signedIn()), body}
    const before = await stored()
    const answer = await dashboard.send(`/dashboard/v1${setPath}`, options)
    expect(answer).toMatchObject({status: 403, json: {code: 'forbidden'}})
    expect(await stored()).toEqual(before)
  })

  test('with two cookies of its name are refused', async () => {
    const headers = {cookie: `${dashboard.cookie}; __Host-postern-session=${'A'.repeat(43)}`}
    const answer = await dashboard.send(`/dashboard/v1${setPath}`, {method: 'PUT', headers, body})
    expect(answer.json.code).toMatch(NO_CREDENTIAL)
  })
})

async function signedIn(): Promise<Session> {
  const {json} = await asToken(w.server, w.token, 'dashboardOpen', {})
  return signIn(json.url, w.server.ca)
}
