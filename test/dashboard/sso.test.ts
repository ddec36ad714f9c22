import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Chromium, chromiumPath, startChromium} from '../world/chromium.ts'
import {freePort} from '../world/free-port.ts'
import {type RunningProvider, startProvider} from '../world/oidc-provider.ts'
import {request} from '../world/request.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
let provider: RunningProvider
let chromium: Chromium
beforeAll(async () => {
  const port = await freePort()
  const origin = `https://127.0.0.1:${port}`
  provider = await startProvider({callbacks: [`${origin}/dashboard/sso/callback`]})
  const roles = ['platform=admin', 'everybody=auditor'].flatMap((role) => ['--oidc-role', role])
  w = await world({
    args: ['--listen', `127.0.0.1:${port}`, '--oidc-issuer', provider.issuer, '--oidc-client-id', 'postern', ...roles],
  })
  await w.put('secret', 'production', 'DB', 'x')
  if (chromiumPath !== null) chromium = await startChromium()
})
afterAll(async () => {
  await chromium?.close()
  await w?.close()
  await provider?.close()
})

const origin = () => new URL(w.server.dashboardUrl).origin
const newest = async (operation: string) => {
  const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', operation, '--json']))
  const {entries} = JSON.parse(stdout) as {entries: {sequence: number}[]}
  return entries.sort((a, b) => b.sequence - a.sequence)[0]
}

describe.skipIf(chromiumPath === null)('single sign-on, in a browser', () => {
  /** A browser of its own, at the provider's page, signed in there as somebody. */
  const signIn = async (who: string) => {
    const context = await chromium.browser.newContext({ignoreHTTPSErrors: true})
    const page = await context.newPage()
    await page.goto(`${origin()}/dashboard`)
    await page.getByRole('link', {name: 'Sign in with single sign-on'}).click()
    await page.locator('input[name=login]').fill(who)
    await page.locator('input[name=password]').fill('anything')
    await page.locator('button[type=submit]').click()
    await page.locator('button[type=submit]').click()
    return {context, page}
  }

  test('a person comes in with the role of their group, and the log names them and no shared token', async () => {
    provider.groups.set('alice', ['everybody', 'platform'])
    const {context, page} = await signIn('alice')
    await page.getByText('alice (admin)').waitFor()
    await page.goto(`${origin()}/dashboard/secrets?scope=production`)
    await page.getByRole('button', {name: 'Declare'}).click()
    await page.getByRole('dialog').getByLabel('Key').fill('BY_ALICE')
    await page.getByRole('dialog').getByRole('button', {name: 'Declare', exact: true}).click()
    await page.getByRole('link', {name: 'BY_ALICE'}).waitFor()
    expect(await newest('secrets.declare')).toMatchObject({
      actor: {kind: 'session', name: 'alice'},
      surface: 'dashboard',
    })
    expect(await newest('sessions.sso')).toMatchObject({target: {kind: 'session', name: 'alice'}, outcome: 'done'})
    const cookies = await context.cookies()
    expect(cookies.map(({name, sameSite, httpOnly, secure}) => [name, sameSite, httpOnly, secure])).toContainEqual([
      '__Host-postern-session',
      'Strict',
      true,
      true,
    ])
    expect(cookies.map(({name}) => name).filter((name) => name.includes('sso'))).toEqual([])
    await context.close()
  })

  test('the next time they are the same person, with the role that their groups have then', async () => {
    provider.groups.set('alice', ['everybody'])
    const {context, page} = await signIn('alice')
    await page.getByText('alice (auditor)').waitFor()
    const {stdout} = await succeed(w.cli(['token', 'list', '--json']))
    const people = (JSON.parse(stdout) as {items: {name: string; role: string; person?: true}[]}).items
    expect(people.filter(({person}) => person === true)).toMatchObject([{name: 'alice', role: 'auditor'}])
    await context.close()
  })

  test('nobody whose groups have no role comes in, and the log says so', async () => {
    provider.groups.set('mallory', ['visitors'])
    const {context, page} = await signIn('mallory')
    await page
      .getByText('None of this person’s groups has a role here; the provider named 1 in its claim groups')
      .waitFor()
    expect(await newest('sessions.sso')).toMatchObject({
      outcome: 'refused',
      code: 'forbidden',
      reason: expect.stringMatching(/^called mallory at the provider: None of/),
    })
    expect((await context.cookies()).map(({name}) => name)).not.toContain('__Host-postern-session')
    await context.close()
  })

  test('who calls themselves as a token is called is told from it', async () => {
    provider.groups.set('owner', ['everybody'])
    const {context, page} = await signIn('owner')
    await page.getByText(/^owner-[0-9a-f]{12} \(auditor\)$/).waitFor()
    await context.close()
  })

  test('a person who was revoked here does not come in, and no token is made that speaks as one', async () => {
    provider.groups.set('bob', ['everybody'])
    const {context, page} = await signIn('bob')
    await page.getByText('bob (auditor)').waitFor()
    const rotated = await w.cli(['token', 'rotate', 'bob', '--yes'])
    expect([rotated.code, rotated.stderr]).toEqual([4, expect.stringContaining('no token speaks as one')])
    await succeed(w.cli(['token', 'revoke', 'bob', '--yes']))
    await page.reload()
    await page.getByText('You are not signed in.').waitFor()
    await page.getByRole('link', {name: 'Sign in with single sign-on'}).click()
    await page.getByText('This person was revoked here.').waitFor()
    await context.close()
  })
})

describe('an answer of the provider that nobody asked for here', () => {
  // A server of its own: what fails in vain is counted by address.
  let forged: World
  beforeAll(async () => {
    forged = await world({
      args: ['--oidc-issuer', provider.issuer, '--oidc-client-id', 'postern', '--oidc-role', 'platform=admin'],
    })
  })
  afterAll(() => forged?.close())
  const get = (path: string, headers: Record<string, string> = {}) =>
    request(new URL(forged.server.dashboardUrl).origin, path, forged.server.ca, {headers})
  const begun = async () => {
    const {headers, status} = await get('/dashboard/sso')
    expect(status).toBe(303)
    const [cookie] = String(headers['set-cookie']).split(';')
    return {cookie: cookie!, to: new URL(String(headers.location))}
  }
  const answered = (query: Record<string, string>, headers: Record<string, string> = {}) =>
    get(`/dashboard/sso/callback?${new URLSearchParams(query)}`, headers)

  test('what a browser must bring back is its own, for ten minutes, and not for scripts', async () => {
    const {headers} = await get('/dashboard/sso')
    expect(String(headers['set-cookie'])).toMatch(
      /^__Host-postern-sso-[\w-]{16}=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
    )
  })

  test('a plain error is said, and what was begun is used up', async () => {
    const {cookie, to} = await begun()
    const {text, headers} = await answered({error: 'access_denied', state: to.searchParams.get('state')!}, {cookie})
    expect(text).toContain('The provider refused: access_denied.')
    expect(String(headers['set-cookie'])).toContain(
      `${cookie.split('=')[0]}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`,
    )
  })

  test('a sign-in for a terminal that failed is begun again for that terminal', async () => {
    const secret = 's'.repeat(43)
    const {headers} = await get(`/dashboard/sso?port=8080&challenge=${secret}&state=${secret}`)
    const [cookie] = String(headers['set-cookie']).split(';')
    const state = new URL(String(headers.location)).searchParams.get('state')!
    const {text} = await answered({error: 'access_denied', state}, {cookie: cookie!})
    expect(text).toContain(`href="/dashboard/sso?port=8080&#38;challenge=${secret}&#38;state=${secret}"`)
    expect(text).toContain(`href="http://127.0.0.1:8080/?error=access_denied&#38;state=${secret}"`)
  })

  test('of two sign-ins that one browser begins, each ends by itself; of many, those before go', async () => {
    const [one, two] = [await begun(), await begun()]
    const cookie = `${one.cookie}; ${two.cookie}`
    for (const {to} of [two, one]) {
      const state = to.searchParams.get('state')!
      expect((await answered({error: 'access_denied', state}, {cookie})).text).toContain('The provider refused')
    }
    const many = []
    for (let count = 0; count < 4; count += 1) many.push((await begun()).cookie)
    const {headers} = await get('/dashboard/sso', {cookie: many.join('; ')})
    const set = headers['set-cookie'] as unknown as string[]
    expect(set.filter((text) => text.includes('Max-Age=0')).map((text) => text.split('=')[0])).toEqual(
      many.map((text) => text.split('=')[0]),
    )
  })

  test('what fails too often asks the provider no more', async () => {
    const strangers = await world({
      args: ['--oidc-issuer', provider.issuer, '--oidc-client-id', 'postern', '--oidc-role', 'platform=admin'],
    })
    const at = new URL(strangers.server.dashboardUrl).origin
    const statuses: number[] = []
    for (let tries = 0; tries < 22; tries += 1) {
      const {headers} = await request(at, '/dashboard/sso', strangers.server.ca)
      const [cookie] = String(headers['set-cookie']).split(';')
      const state = new URL(String(headers.location)).searchParams.get('state')!
      const query = new URLSearchParams({code: 'x', state, iss: provider.issuer})
      const path = `/dashboard/sso/callback?${query}`
      statuses.push((await request(at, path, strangers.server.ca, {headers: {cookie: cookie!}})).status)
    }
    expect(statuses).toEqual([...Array(20).fill(403), 429, 429])
    await strangers.close()
  })

  test.each<[string, (own: {cookie: string; state: string}) => [Record<string, string>, Record<string, string>]]>([
    ['without what this browser began', ({state}) => [{code: 'x', state}, {}]],
    ['of another state, as of somebody else’s sign-in', ({cookie}) => [{code: 'x', state: 's'.repeat(43)}, {cookie}]],
    ['without a state', ({cookie}) => [{code: 'x'}, {cookie}]],
    ['with a code of nobody', ({cookie, state}) => [{code: 'x', state, iss: provider.issuer}, {cookie}]],
    ['of another issuer', ({cookie, state}) => [{code: 'x', state, iss: 'https://evil.example'}, {cookie}]],
    ['with two of what it began', ({cookie, state}) => [{code: 'x', state}, {cookie: `${cookie}; ${cookie}`}]],
    ['with what it began cut off', ({cookie, state}) => [{code: 'x', state}, {cookie: cookie.slice(0, -9)}]],
    ['with nothing', () => [{}, {}]],
    [
      'that would be sent to another host than its own',
      ({cookie, state}) => {
        const [name, text] = cookie.split('=')
        const begun = JSON.parse(Buffer.from(text!, 'base64url').toString())
        const [challenge, port] = ['c'.repeat(43), '8080@evil.example']
        const changed = JSON.stringify({...begun, terminal: {port, challenge, state: challenge}})
        return [{code: 'x', state}, {cookie: `${name}=${Buffer.from(changed).toString('base64url')}`}]
      },
    ],
  ])('%s signs nobody in', async (_, make) => {
    const {cookie, to} = await begun()
    const [query, headers] = make({cookie, state: to.searchParams.get('state')!})
    const {status, text, headers: said} = await answered(query, headers)
    expect([status, text]).toEqual([403, expect.stringContaining('You are not signed in')])
    expect(String(said['set-cookie'])).not.toContain('__Host-postern-session')
  })

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    'access_denied" onload="x',
    'x'.repeat(2000),
  ])('markup in the error is shown nowhere: %s', async (error) => {
    const {cookie, to} = await begun()
    const state = to.searchParams.get('state')!
    const {status, text} = await answered({error, error_description: error, state}, {cookie})
    expect(status).toBe(403)
    expect(text).not.toContain(error)
    expect(text).not.toMatch(/<script|<img|onload=/)
  })
})

test('without a provider in its settings, the server has no such door', async () => {
  const plain = await world()
  const at = new URL(plain.server.dashboardUrl).origin
  for (const path of ['/dashboard/sso', '/dashboard/sso/callback?code=x'])
    expect((await request(at, path, plain.server.ca)).status).toBe(404)
  expect((await request(at, '/dashboard', plain.server.ca)).text).toContain('name="postern-sso" content="false"')
  await plain.close()
})
