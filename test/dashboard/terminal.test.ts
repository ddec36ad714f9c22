import {randomBytes} from 'node:crypto'
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {newToken} from '../../src/formats/token.ts'
import {type Chromium, chromiumPath, startChromium} from '../world/chromium.ts'
import {freePort} from '../world/free-port.ts'
import {type RunningProvider, startProvider} from '../world/oidc-provider.ts'
import {finished, homeEnv, run, start} from '../world/program.ts'
import {request} from '../world/request.ts'
import {onTerminal} from '../world/terminal.ts'
import {storedText} from '../world/traces.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let provider: RunningProvider
let chromium: Chromium
let origin: string
beforeAll(async () => {
  origin = `https://127.0.0.1:${await freePort()}`
  provider = await startProvider({callbacks: [`${origin}/dashboard/sso/callback`]})
  w = await world({
    args: [
      '--listen',
      new URL(origin).host,
      '--oidc-issuer',
      provider.issuer,
      '--oidc-client-id',
      'postern',
      '--oidc-role',
      'platform=admin',
      '--oidc-role',
      'everybody=auditor',
    ],
  })
  await w.put('secret', 'production', 'DB', 'x')
  if (chromiumPath !== null) chromium = await startChromium()
})
afterAll(async () => {
  await chromium?.close()
  await w?.close()
  await provider?.close()
})

const caFile = () => join(w.server.data, 'tls/ca.crt')
/** A login that runs until somebody signs in, and what it has written to stderr so far. */
function login(home: string, ...flags: string[]) {
  const child = start(['login', origin, '--ca-file', caFile(), ...flags], homeEnv(home))
  child.stdin?.end()
  let stderr = ''
  child.stderr?.on('data', (part: Buffer) => {
    stderr += part
  })
  return {child, stderr: () => stderr, ended: finished(child)}
}
/** The tokens that are kept in files there. */
const keptIn = (home: string): string[] => {
  const folder = join(home, 'config/postern/tokens')
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
}
const newest = async (operation: string) => {
  const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', operation, '--json']))
  const {entries} = JSON.parse(stdout) as {entries: {sequence: number}[]}
  return entries.sort((a, b) => b.sequence - a.sequence)[0]
}

describe.skipIf(chromiumPath === null)('a person on the terminal', () => {
  const atProvider = async (url: string, who: string) => {
    const context = await chromium.browser.newContext({ignoreHTTPSErrors: true})
    const page = await context.newPage()
    await page.goto(url)
    return {
      context,
      page,
      signIn: async () => {
        await page.locator('input[name=login]').fill(who)
        await page.locator('input[name=password]').fill('anything')
        await page.locator('button[type=submit]').click()
        await page.locator('button[type=submit]').click()
      },
    }
  }

  test('signs in with --sso by the browser of the machine, and the log names them', async () => {
    provider.groups.set('carol', ['platform'])
    const home = join(w.folder, 'carol')
    const running = login(home, '--sso')
    await expect.poll(running.stderr).toContain('/dashboard/sso?')
    const {context, page, signIn} = await atProvider(/https:\S+/.exec(running.stderr())![0], 'carol')
    await signIn()
    await page.getByText('wants to act as carol (admin)').waitFor()
    // Nothing has gone to the terminal until somebody says so.
    expect(running.child.exitCode).toBe(null)
    await page.getByRole('button', {name: 'Sign the terminal in'}).click()
    await page.getByText('You are signed in. Close this page').waitFor()
    // What is in its address was used up by the terminal, and the browser itself is not signed in.
    expect((await context.cookies()).map(({name}) => name)).not.toContain('__Host-postern-session')
    await context.close()
    const ended = await running.ended
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining(`as carol (admin) of default`)])
    await succeed(run(['secret', 'declare', '--scope', 'production', 'BY_CAROL'], home))
    expect(await newest('secrets.declare')).toMatchObject({
      actor: {kind: 'session', name: 'carol'},
      surface: 'cli',
    })
    expect(await newest('sessions.take')).toMatchObject({target: {name: 'carol'}, reason: 'on a terminal'})
    const {stdout} = await succeed(w.cli(['session', 'list']))
    expect(stdout).toMatch(/carol\s+terminal/)

    // Who signs out is out on the server, too, and is in nobody's list.
    const [kept] = keptIn(home)
    expect(JSON.parse((await succeed(run(['logout', '--json'], home))).stdout)).toMatchObject({sessionEnded: true})
    expect((await succeed(w.cli(['session', 'list']))).stdout).not.toContain('carol')
    expect(await newest('sessions.end')).toMatchObject({actor: {name: 'carol'}, surface: 'cli'})
    const env = {POSTERN_URL: origin, POSTERN_TOKEN: kept!, POSTERN_CA_FILE: caFile()}
    expect(await run(['secret', 'list'], home, {env})).toMatchObject({code: 3})
  })

  test('signs out where the server is away, and is told that it does not know', async () => {
    const home = join(w.folder, 'frank')
    const url = `https://127.0.0.1:${await freePort()}`
    const config = join(home, 'config/postern')
    mkdirSync(join(config, 'tokens'), {recursive: true})
    const profile = {url, ca: null, org: 'default', tokenIn: 'file', person: 'frank', auditKey: '', heads: {}}
    writeFileSync(join(config, 'profiles.json'), JSON.stringify({current: 'away', profiles: {away: profile}}))
    writeFileSync(join(config, 'tokens', `away@${encodeURIComponent(url)}`), newToken('person'))
    const {code, stdout, stderr} = await run(['logout'], home)
    expect([code, stdout]).toEqual([0, expect.stringContaining('profile away is gone')])
    expect(stderr).toContain('the server was not told')
    expect(keptIn(home)).toEqual([])
  })

  test('a token ends by its own command: no session is there to sign out of', async () => {
    const headers = {authorization: `Bearer ${w.token}`}
    const answer = await request(origin, '/admin/v1/sso/session', w.server.ca, {method: 'DELETE', headers})
    expect([answer.status, answer.json.detail]).toEqual([403, expect.stringContaining('postern token revoke')])
    expect((await request(origin, '/admin/v1/sso/session', w.server.ca, {method: 'DELETE'})).status).toBe(401)
    await succeed(w.cli(['whoami']))
  })

  test('signs in with --device by a code, in a browser anywhere', async () => {
    provider.groups.set('dave', ['everybody'])
    const home = join(w.folder, 'dave')
    const running = login(home, '--device')
    await expect.poll(running.stderr).toMatch(/[A-Z]{4}-[A-Z]{4}/)
    const [, url] = /Open (\S+) in a browser/.exec(running.stderr())!
    const [code] = /[A-Z]{4}-[A-Z]{4}/.exec(running.stderr())!
    const {context, page, signIn} = await atProvider(url!, 'dave')
    await page.getByRole('link', {name: 'Sign in with single sign-on'}).click()
    await signIn()
    await page.getByText('You are signed in as dave (auditor)').waitFor()
    expect((await context.cookies()).map(({name}) => name)).not.toContain('__Host-postern-session')
    await page.getByLabel('Code').fill('short')
    await page.getByRole('button', {name: 'Sign the terminal in'}).click()
    await page.getByText('A code has eight letters.').waitFor()
    await page.getByLabel('Code').fill(code!.toLowerCase())
    await page.getByRole('button', {name: 'Sign the terminal in'}).click()
    await page.getByText('Your terminal goes on').waitFor()
    const ended = await running.ended
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining('as dave (auditor) of default')])
    await context.close()

    // When it ends, the next command says how to go on.
    await succeed(w.cli(['session', 'revoke', '--token', 'dave']))
    const after = await run(['secret', 'list'], home)
    expect([after.code, after.stderr]).toEqual([3, expect.stringContaining(`postern login ${origin} --sso`)])
  })

  test('whose sign-in has ended is asked to sign in again, and the command goes on', async () => {
    provider.groups.set('erin', ['everybody'])
    const home = join(w.folder, 'erin')
    const running = login(home, '--sso')
    await expect.poll(running.stderr).toContain('/dashboard/sso?')
    const first = await atProvider(/https:\S+/.exec(running.stderr())![0], 'erin')
    await first.signIn()
    await first.page.getByRole('button', {name: 'Sign the terminal in'}).click()
    await running.ended
    await succeed(w.cli(['session', 'revoke', '--token', 'erin']))

    let allow: Promise<unknown> | undefined
    const shown = onTerminal(
      ['secret', 'list'],
      home,
      [
        {at: /Sign in again\?/, type: '\u001b[B\r'},
        {at: /type the code [A-Z]{4}-[A-Z]{4}/, type: ''},
      ],
      {},
      (screen) => {
        const code = /type the code ([A-Z]{4}-[A-Z]{4})/.exec(screen)?.[1]
        if (code === undefined || allow !== undefined) return
        allow = (async () => {
          const {page, context} = first
          await page.goto(`${origin}/dashboard/device`)
          await page.getByRole('link', {name: 'Sign in with single sign-on'}).click()
          // The provider knows them yet, and sends them straight back.
          await page.getByLabel('Code').fill(code)
          await page.getByRole('button', {name: 'Sign the terminal in'}).click()
          await page.getByText('Your terminal goes on').waitFor()
          await context.close()
        })()
      },
    )
    const {code, screen} = await shown
    await allow
    expect([code, screen]).toEqual([0, expect.stringContaining('DB')])
    expect(screen).toContain('Signed in again as erin.')
    // And it is kept: the next command asks nothing.
    await succeed(run(['secret', 'list'], home))
  })

  test('whose browser is signed in as another person sends nothing as that one', async () => {
    for (const who of ['heidi', 'ivan']) provider.groups.set(who, ['platform'])
    const home = join(w.folder, 'heidi')
    const running = login(home, '--sso')
    await expect.poll(running.stderr).toContain('/dashboard/sso?')
    const first = await atProvider(/https:\S+/.exec(running.stderr())![0], 'heidi')
    await first.signIn()
    await first.page.getByRole('button', {name: 'Sign the terminal in'}).click()
    await running.ended
    await first.context.close()
    await succeed(w.cli(['session', 'revoke', '--token', 'heidi']))
    const before = keptIn(home)

    let signedIn: Promise<unknown> | undefined
    const {code, screen} = await onTerminal(
      ['secret', 'declare', '--scope', 'production', 'BY_ANOTHER'],
      home,
      [{at: /Sign in again\?/, type: '\r'}],
      {BROWSER: '/bin/true'},
      (shown) => {
        const url = /https:\S+\/dashboard\/sso\?\S+state=[\w-]{43}/.exec(shown)?.[0]
        if (url === undefined || signedIn !== undefined) return
        signedIn = atProvider(url, 'ivan').then(async ({context, page, signIn}) => {
          await signIn()
          await page.getByRole('button', {name: 'Sign the terminal in'}).click()
          await page.getByText('Close this page').waitFor()
          await context.close()
        })
      },
    )
    await signedIn
    expect([code, screen]).toEqual([
      3,
      expect.stringContaining('"ivan" signed in, and profile default is that of heidi'),
    ])
    expect(screen).toContain(`postern login ${origin} --sso --profile default`)
    expect(keptIn(home)).toEqual(before)
    expect((await succeed(w.cli(['secret', 'list']))).stdout).not.toContain('BY_ANOTHER')
  })

  test('that is in a session of the dashboard alone is signed in by nobody: it takes a sign-in of its own', async () => {
    provider.groups.set('frank', ['platform'])
    const {context, page, signIn} = await atProvider(`${origin}/dashboard/sso`, 'frank')
    await signIn()
    await page.getByRole('heading', {name: 'Overview'}).waitFor()
    const verifier = randomBytes(32).toString('base64url')
    const {json} = await request(origin, '/admin/v1/sso/device', w.server.ca, {method: 'POST', body: {verifier}})
    const answer = await page.evaluate(async (code) => {
      const body = new URLSearchParams({grant: 'g'.repeat(43), csrf: 'c'.repeat(43), code})
      return (await fetch('/dashboard/device', {method: 'POST', body})).status
    }, json.code)
    expect(answer).toBe(403)
    const taken = await request(origin, '/admin/v1/sso/session', w.server.ca, {method: 'POST', body: {verifier}})
    expect(taken.status).toBe(202)
    await context.close()
  })

  test('leaves no credential in the store, nor what one would be made of', async () => {
    provider.groups.set('grace', ['platform'])
    const home = join(w.folder, 'grace')
    const running = login(home, '--sso')
    await expect.poll(running.stderr).toContain('/dashboard/sso?')
    const {context, page, signIn} = await atProvider(/https:\S+/.exec(running.stderr())![0], 'grace')
    await signIn()
    const link = await page.locator('input[name=link]').inputValue()
    await page.getByRole('button', {name: 'Sign the terminal in'}).click()
    expect((await running.ended).code).toBe(0)
    await page.goto(`${origin}/dashboard/sso`)
    await page.getByRole('heading', {name: 'Overview'}).waitFor()
    const cookie = (await context.cookies()).find(({name}) => name === '__Host-postern-session')!.value
    const tokens = join(home, 'config/postern/tokens')
    const token = readFileSync(join(tokens, readdirSync(tokens)[0]!), 'utf8')
    expect(token).toMatch(/^postern_person_/)
    const stored = await storedText(w.server.data)
    expect(stored).toContain('grace')
    for (const secret of [link, cookie, token]) expect(stored.includes(secret)).toBe(false)
    await context.close()
  })
})

describe('what a terminal sends', () => {
  const post = (name: string, body: unknown) =>
    request(origin, `/admin/v1/sso/${name}`, w.server.ca, {method: 'POST', body})
  const secret = () => randomBytes(32).toString('base64url')

  test('a code follows from what the terminal alone knows, and is another for each', async () => {
    const verifier = secret()
    const [one, same, other] = [
      await post('device', {verifier}),
      await post('device', {verifier}),
      await post('device', {verifier: secret()}),
    ]
    expect(one.json.code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
    expect(same.json.code).toBe(one.json.code)
    expect(other.json.code).not.toBe(one.json.code)
    expect((await post('session', {verifier})).status).toBe(202)
  })

  test.each<[string, unknown, number]>([
    ['a link of nobody', {link: secret(), verifier: secret()}, 403],
    ['no verifier', {link: secret()}, 400],
    ['a verifier that is none', {verifier: 'short'}, 400],
    ['more than it takes', {verifier: secret(), org: 'default'}, 400],
    ['a list', [], 400],
  ])('%s is refused', async (_, body, status) => {
    expect((await post('session', body)).status).toBe(status)
  })

  test('a link for a terminal is worth nothing to a browser, and nothing to another terminal', async () => {
    // By the sign-in of a person, but for the provider: the door to it is in the other tests.
    const {stdout} = await succeed(w.cli(['dashboard', 'open', '--json']))
    const link = new URL((JSON.parse(stdout) as {url: string}).url).searchParams.get('link')!
    const verifier = secret()
    expect((await post('session', {link, verifier})).status).toBe(403)
  })

  test.each([
    'port=80&challenge=C&state=C',
    'port=8080&challenge=short&state=C',
    'port=99999&challenge=C&state=C',
    'port=8080@evil.example&challenge=C&state=C',
    'port=8080&challenge=C',
    'device=2',
  ])('a browser is sent nowhere with %s', async (query) => {
    const full = query.replaceAll('=C', `=${'c'.repeat(43)}`)
    expect((await request(origin, `/dashboard/sso?${full}`, w.server.ca)).status).toBe(400)
  })

  test('what is sent in vain adds no entry to the audit log, and is counted', async () => {
    const head = async () => (await asToken(w.server, w.token, 'auditList', {query: {limit: 1}})).json.head.sequence
    const before = await head()
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await post('session', {link: secret(), verifier: secret()})).status).toBe(403)
      expect((await post('session', {verifier: secret()})).status).toBe(202)
    }
    expect(await head()).toBe(before)
    const answers = []
    for (let tries = 0; tries < 20; tries += 1)
      answers.push((await post('session', {link: secret(), verifier: secret()})).json.code)
    expect(answers).toContain('rate_limited')
  })

  test('without single sign-on, the CLI says so before it opens anything', async () => {
    const plain = await world()
    for (const flag of ['--sso', '--device']) {
      const {code, stderr} = await run(
        ['login', plain.server.url, flag, '--ca-file', join(plain.server.data, 'tls/ca.crt')],
        join(plain.folder, 'other'),
      )
      expect([code, stderr]).toEqual([5, expect.stringContaining('This server has no single sign-on.')])
    }
    await plain.close()
  })
})
