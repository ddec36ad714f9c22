import {chmodSync, cpSync, writeFileSync} from 'node:fs'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import type {Check} from '../../src/lib/doctor/checklist.ts'
import {type Certificate, connectProxy, plainServer, tlsServer} from '../client/loopback-tls.ts'
import {newCanary} from '../world/canary.ts'
import {contentOf} from '../world/database.ts'
import {run} from '../world/program.ts'
import {onTerminal} from '../world/terminal.ts'
import {type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
async function opened<T extends {close: () => Promise<void>}>(opening: Promise<T>): Promise<T> {
  const made = await opening
  closing.push(made.close)
  return made
}

const ALL = 'settings files proxy dns tcp tls certificate authority server clock token versions'.split(' ')

/** Runs the doctor; gives its exit status, each check by its name, and all it wrote. */
async function doctor(env: Record<string, string | undefined> = {}, home = w.home) {
  const {code, stdout, stderr} = await run(['doctor', '--json'], home, {env})
  const {checks, error} = JSON.parse(stdout) as {checks: Check[]; error?: {code: string; next?: string}}
  expect(checks.map(({check}) => check)).toEqual(ALL)
  for (const {check, state, next} of checks)
    if (state === 'failed' || state === 'warn') expect(next, check).toMatch(/\w{3}/)
  const of = (name: string) => checks.find(({check}) => check === name)!
  return {
    code,
    of,
    error,
    failing: checks.filter(({state}) => state === 'failed').map(({check}) => check),
    written: stdout + stderr,
  }
}

/** What the environment says instead of a profile, for a server that a test made. */
function elsewhere(url: string, ca: string) {
  const path = join(w.folder, 'elsewhere.crt')
  writeFileSync(path, ca)
  return {POSTERN_URL: url, POSTERN_TOKEN: newCanary(), POSTERN_CA_FILE: path}
}

const healthy = (_: IncomingMessage, response: ServerResponse) =>
  response.end(JSON.stringify({status: _.url === '/healthz' ? 'ok' : 'ready'}))

describe('where all is well', () => {
  test('each check is ok, nothing changes, and the exit status is 0', async () => {
    const before = await contentOf(w.server.data)
    const {code, of, failing} = await doctor()
    expect({code, failing}).toEqual({code: 0, failing: []})
    expect(ALL.filter((name) => of(name).state !== 'ok')).toEqual([])
    expect(of('settings').what).toContain(
      `${w.server.url} (profile default); profile default (in use); CA: profile default; token: file`,
    )
    expect(of('tls').what).toMatch(/^TLSv1\.3; .* 127\.0\.0\.1/)
    expect(of('certificate').what).toMatch(/in (89|90) days/)
    expect(of('token').what).toBe('owner (owner) of default; it does not expire')
    expect(of('versions').what).toMatch(/^the server is (\S+), this is \1$/)
    expect(await contentOf(w.server.data)).toEqual(before)
  })

  test('a pipe gets a line a check, a terminal a table', async () => {
    const {stdout} = await w.cli(['doctor'])
    expect(
      stdout
        .slice(0, -1)
        .split('\n')
        .map((line) => line.split('\t').length),
    ).toEqual(ALL.map(() => 4))
    const {screen, code} = await onTerminal(['doctor'], w.home, [])
    expect(code).toBe(0)
    expect(screen).toMatch(/ok {5}.*versions {5}the server is/)
  })

  test('the environment is named, the token is not', async () => {
    const ca = join(w.server.data, 'tls/ca.crt')
    const env = {POSTERN_URL: w.server.url, POSTERN_TOKEN: w.token, POSTERN_CA_FILE: ca, POSTERN_ORG: 'default'}
    for (const home of ['/proc', '/dev/null']) {
      const {code, of, written} = await doctor({...env, HOME: home, XDG_CONFIG_HOME: undefined})
      expect(code).toBe(0)
      expect(of('settings').what).toBe(
        `${w.server.url} (POSTERN_URL); no profile; CA: POSTERN_CA_FILE; token: POSTERN_TOKEN; org: default (POSTERN_ORG)`,
      )
      expect(written).not.toContain(w.token)
    }
  })
})

describe('settings and files', () => {
  test.each([
    ['no profile', {XDG_CONFIG_HOME: '/nonexistent'}, 3, /^postern login/],
    ['a profile that is not there', {POSTERN_PROFILE: 'gone'}, 5, /^postern profile list/],
    ['another server than the profile’s', {POSTERN_URL: 'https://127.0.0.1:9'}, 3, /POSTERN_TOKEN/],
    ['a URL that is none', {POSTERN_URL: 'ftp://hunter2'}, 2, /https:/],
    [
      'a server, and no token for it',
      {POSTERN_URL: 'https://127.0.0.1:9', XDG_CONFIG_HOME: '/nonexistent'},
      3,
      /^Set POSTERN_TOKEN or .*: postern login https:/,
    ],
    ['an organization that is none', {POSTERN_ORG: 'hunter2/x'}, 2, /./],
    ['a CA file that is none', {POSTERN_CA_FILE: '/dev/null'}, 2, /tls\/ca\.crt/],
  ])('%s: the rest waits', async (_, env, exit, next) => {
    const {code, of, error, failing, written} = await doctor(env)
    expect({code, failing}).toEqual({code: exit, failing: ['settings']})
    expect(of('versions').state).toBe('skipped')
    expect(error?.next ?? '').toMatch(next)
    expect(written).not.toContain('hunter2')
  })

  test('settings that are broken, and files that others may read', async () => {
    const home = join(w.folder, 'open')
    cpSync(w.home, home, {recursive: true})
    const folder = join(home, 'config/postern')
    chmodSync(folder, 0o755)
    const warned = await doctor({}, home)
    expect([warned.code, warned.of('files').state, warned.of('files').next]).toEqual([0, 'warn', `chmod 700 ${folder}`])
    const token = join(folder, 'tokens', `default@${encodeURIComponent(w.server.url)}`)
    chmodSync(token, 0o640)
    const open = await doctor({}, home)
    expect([open.code, open.failing, open.of('token').state]).toEqual([1, ['files'], 'ok'])
    expect(open.of('files').next).toContain(`chmod 600 ${token}`)
    writeFileSync(token, '')
    expect((await doctor({}, home)).of('token')).toMatchObject({state: 'failed', code: 'not_signed_in'})
    writeFileSync(join(folder, 'profiles.json'), 'hunter2')
    const broken = await doctor({}, home)
    expect([broken.code, broken.failing[0], broken.written.includes('hunter2')]).toEqual([1, 'settings', false])
  })
})

describe('the way to the server', () => {
  const never = async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket.on('error', () => {})))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const {port} = server.address() as {port: number}
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>((done) => server.close(() => done()))
    })
    return `https://127.0.0.1:${port}`
  }

  test.each<[string, () => Promise<string>, string, RegExp]>([
    [
      'a name that nobody knows',
      async () => 'https://no-such-host.invalid:8443',
      'dns',
      /getent hosts no-such-host\.invalid/,
    ],
    ['a port where nothing listens', async () => 'https://127.0.0.1:9', 'tcp', /^postern server start/],
    [
      'what speaks no TLS',
      async () => (await opened(plainServer(healthy))).url.replace('http:', 'https:'),
      'tls',
      /speaks no TLS/,
    ],
    ['what says nothing', never, 'tls', /that the server runs/],
  ])('%s: exit 8', async (_, open, failing, next) => {
    const {code, of, error, ...rest} = await doctor(elsewhere(await open(), w.server.ca))
    expect({code, failing: rest.failing}).toEqual({code: 8, failing: [failing]})
    expect(error).toMatchObject({code: 'unreachable', next: expect.stringMatching(next)})
    expect(of('token')).toMatchObject({state: 'skipped', what: expect.stringContaining('not tried')})
  })

  test('plain http where TLS is spoken', async () => {
    const server = await opened(tlsServer(healthy))
    const env = {POSTERN_URL: server.url.replace('https:', 'http:'), POSTERN_TOKEN: 'x'}
    const {stdout} = await run(['doctor', '--json'], w.home, {env})
    expect(JSON.parse(stdout).error.next).toMatch(/^https:/)
  })

  test('a server that has stopped: exit 8', async () => {
    const other = await world()
    try {
      await other.server.stop()
      const {code, failing} = await doctor({}, other.home)
      expect({code, failing}).toEqual({code: 8, failing: ['tcp']})
    } finally {
      await other.close()
    }
  })

  test('a proxy is named without its password, and looked at in the server’s place', async () => {
    const server = await opened(tlsServer(healthy, {names: ['server.example']}))
    const through = await opened(connectProxy({target: server.port}))
    const proxy = (url: string) => ({HTTPS_PROXY: url.replace('//', '//ops:hunter2@')})
    const env = elsewhere('https://server.example', server.ca)
    const found = await doctor({...env, ...proxy(through.url)})
    expect(found.of('proxy').what).toContain(new URL(through.url).host)
    expect([found.of('dns').state, found.of('tls').state, found.of('server').state]).toEqual(['ok', 'ok', 'ok'])
    const refusing = await opened(connectProxy({refusal: 'HTTP/1.1 407 Go away\r\n\r\n'}))
    const refused = await doctor({...env, ...proxy(refusing.url)})
    expect([refused.code, refused.failing, refused.of('tls').next]).toEqual([
      8,
      ['tls'],
      'Put its user and password into HTTPS_PROXY.',
    ])
    const gone = await doctor({...env, ...proxy('http://127.0.0.1:9')})
    expect([gone.code, gone.failing]).toEqual([8, ['tcp']])
    expect(gone.of('tcp').next).toContain('NO_PROXY')
    expect(found.written + refused.written + gone.written).not.toContain('hunter2')
  })
})

describe('certificates', () => {
  test.each<[string, Certificate, string[], RegExp]>([
    ['has expired', {madeIn: -120}, ['tls', 'certificate'], /restart the server/],
    ['is not valid yet', {madeIn: 10}, ['tls'], /clock first/],
    ['is for another name', {names: ['elsewhere.example']}, ['tls'], /^postern server start --public-url/],
    [
      'comes from an authority that has expired',
      {authorityMadeIn: -3700, madeIn: -3690},
      ['tls', 'certificate', 'authority'],
      /./,
    ],
  ])('one that %s: exit 8, and no token is sent', async (_, certificate, failing, next) => {
    const server = await opened(tlsServer(healthy, certificate))
    const {code, error, ...rest} = await doctor(elsewhere(server.url, server.ca))
    expect({code, failing: rest.failing}).toEqual({code: 8, failing})
    expect(error).toMatchObject({code: 'untrusted', next: expect.stringMatching(next)})
    expect(server.seen).toEqual([])
  })

  test('one of another authority: both fingerprints are shown', async () => {
    const server = await opened(tlsServer(healthy))
    const {code, of, failing} = await doctor(elsewhere(server.url, w.server.ca))
    expect({code, failing}).toEqual({code: 8, failing: ['tls']})
    expect(of('tls').next).toMatch(/^POSTERN_CA_FILE=/)
    expect(of('tls').what).toMatch(/shows the CA [0-9a-f]{64}; trusted here is [0-9a-f]{64}\./)
    expect(server.seen).toEqual([])
  })

  test.each<[string, Certificate, string]>([
    ['the server’s', {madeIn: -80}, 'certificate'],
    ['the authority’s', {authorityMadeIn: -3630, madeIn: 0}, 'authority'],
  ])('%s end is near: a warning', async (_, certificate, check) => {
    const server = await opened(tlsServer(healthy, certificate))
    const {of} = await doctor(elsewhere(server.url, server.ca))
    expect(of('tls').state).toBe('ok')
    expect(of(check)).toMatchObject({state: 'warn', what: expect.stringMatching(/in \d+ days$/)})
  })
})

describe('the server', () => {
  const answering = (answer: (path: string, response: ServerResponse) => void) =>
    opened(tlsServer((request, response) => answer(request.url ?? '', response)))

  test.each<[string, (path: string, response: ServerResponse) => void, number, string[]]>([
    ['is another program', (_, response) => response.end('<h1>hunter2</h1>'), 8, ['server']],
    ['is a page to sign in', (_, response) => response.writeHead(302, {location: '/hunter2'}).end(), 8, ['server']],
    [
      'is not ready',
      (path, response) => response.writeHead(path === '/readyz' ? 503 : 200).end('{"status":"ok"}'),
      8,
      ['server'],
    ],
    [
      'knows nobody',
      (path, response) =>
        path.includes('whoami')
          ? response.writeHead(401).end()
          : response.end(`{"status":"${path === '/healthz' ? 'ok' : 'ready'}"}`),
      3,
      ['token'],
    ],
  ])('%s: exit %s', async (_, answer, exit, failing) => {
    const server = await answering(answer)
    const {code, written, ...rest} = await doctor(elsewhere(server.url, server.ca))
    expect({code, failing: rest.failing}).toEqual({code: exit, failing})
    expect(written).not.toContain('hunter2')
  })

  test('whose clock is another', async () => {
    const server = await answering((path, response) => {
      response.setHeader('date', new Date(Date.now() - 3600_000).toUTCString())
      response.end(`{"status":"${path === '/healthz' ? 'ok' : 'ready'}"}`)
    })
    const {of} = await doctor(elsewhere(server.url, server.ca))
    expect(of('clock')).toMatchObject({state: 'warn', what: expect.stringMatching(/(59|60) minutes ahead of/)})
  })

  test('does not take a token that is wrong: exit 3, and it is not shown', async () => {
    const canary = newCanary()
    const {code, of, failing, written} = await doctor({POSTERN_TOKEN: canary})
    expect({code, failing}).toEqual({code: 3, failing: ['token']})
    expect(of('token').next).toBe('Put a valid token where POSTERN_TOKEN says, or unset it to use the profile’s.')
    expect(written).not.toContain(canary)
  })
})
