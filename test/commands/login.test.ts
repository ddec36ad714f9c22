import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import Login from '../../src/commands/login.ts'
import Logout from '../../src/commands/logout.ts'
import ProfileList from '../../src/commands/profile/list.ts'
import ProfileRemove from '../../src/commands/profile/remove.ts'
import ProfileUse from '../../src/commands/profile/use.ts'
import Whoami from '../../src/commands/whoami.ts'
import {decodeEnrolment, type Enrolment, encodeEnrolment} from '../../src/formats/enrolment.ts'
import {newToken} from '../../src/formats/token.ts'
import {openProfiles} from '../../src/lib/profile/profiles.ts'
import {readSettings} from '../../src/server/settings.ts'
import {type RunningServer, start} from '../../src/server/start.ts'
import {connectProxy, plainServer, tlsServer} from '../client/loopback-tls.ts'
import {run} from '../lib/command/run.ts'

let folder: string
let data: string
let server: RunningServer
let enrolment: Enrolment
let log = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-login-'))
  data = join(folder, 'data')
  const {settings} = readSettings({data, listen: '127.0.0.1:0'}, {})
  server = await start(settings, {
    version: '0.0.0',
    log: {
      write: (line) => {
        log += line
      },
    },
  })
  enrolment = decodeEnrolment(readFileSync(join(data, 'owner-enrolment'), 'utf8'))!
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, {recursive: true})
})

let home: string
beforeEach(() => {
  home = mkdtempSync(join(folder, 'home-'))
})

/** Nothing that came out, and nothing that the server logged, shows a token. */
async function postern(command: Parameters<typeof run>[0], argv: string[], given: Parameters<typeof run>[3] = {}) {
  const id = command.name.replace(/([a-z])([A-Z])/, '$1:$2').toLowerCase()
  const ran = await run(command, id, argv, {...given, env: {HOME: home, ...given.env}})
  for (const secret of [enrolment.token, encodeEnrolment(enrolment)])
    expect(ran.stdout + ran.stderr + JSON.stringify(ran.result ?? null) + log).not.toContain(secret)
  return ran
}
const ca = () => join(data, 'tls/ca.crt')
const text = (...over: Partial<Enrolment>[]) => encodeEnrolment(Object.assign({}, enrolment, ...over))
const files = () => (readdirSync(home, {recursive: true}) as string[]).sort()

describe('login', () => {
  interface Row {
    does: string
    argv: () => string[]
    input?: () => string
    env?: () => Record<string, string>
  }
  test.each<Row>([
    {does: '--local', argv: () => ['--local', data]},
    {does: 'an enrolment string from stdin', argv: () => [], input: () => `${text()}\n`},
    {does: 'an enrolment string from a file', argv: () => ['--from-file', join(data, 'owner-enrolment')]},
    {does: 'an enrolment string from the environment', argv: () => ['--from-env', 'E'], env: () => ({E: text()})},
    {does: 'a URL, --ca-file and stdin', argv: () => [enrolment.url, '--ca-file', ca()], input: () => enrolment.token},
    {
      does: 'a URL, --ca-fingerprint in another form, and a variable',
      argv: () => [
        enrolment.url,
        '--from-env=T',
        '--ca-fingerprint',
        enrolment.caFingerprint!.toUpperCase().replace(/..(?=.)/g, '$&:'),
      ],
      env: () => ({T: enrolment.token}),
    },
    {
      does: 'an enrolment string that names another CA, and --ca-file',
      argv: () => ['--ca-file', ca()],
      input: () => text({caFingerprint: 'ab'.repeat(32)}),
    },
    {
      does: 'no scheme in the URL',
      argv: () => [enrolment.url.replace('https://', ''), '--ca-file', ca(), '--from-stdin'],
      input: () => `${enrolment.token}\r\n`,
    },
  ])('signs in by $does', async ({argv, input, env}) => {
    const ran = await postern(Login, argv(), {...(input ? {input: input()} : {}), env: env?.() ?? {}})
    expect(ran).toMatchObject({exit: 0, stdout: expect.stringContaining(`Signed in to ${enrolment.url} as owner`)})
    expect(ran.stderr).toContain('No keychain answers here')
    expect(openProfiles({HOME: home}).get('default')).toMatchObject({
      url: enrolment.url,
      ca: readFileSync(ca(), 'utf8'),
      org: 'default',
      tokenIn: 'file',
      auditKey: expect.stringMatching(/^MCow/),
    })
    const settings = join(home, '.config/postern')
    for (const name of files()
      .map((file) => join(home, file))
      .filter((path) => statSync(path).isFile())) {
      expect((statSync(name).mode & 0o777).toString(8)).toBe('600')
      expect(readFileSync(name, 'utf8').includes(enrolment.token)).toBe(name.startsWith(join(settings, 'tokens')))
    }
    expect(await postern(Whoami, [])).toMatchObject({exit: 0, stdout: expect.stringContaining('owner')})
    const json = await postern(Whoami, ['--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({url: enrolment.url, profile: 'default', surface: 'cli'})
  })

  interface Refusal {
    does: string
    argv: () => string[]
    input?: () => string
    exit: number
    says: string
  }
  test.each<Refusal>([
    {does: 'nothing on stdin', argv: () => [], exit: 2, says: 'Nothing was read'},
    {does: 'half an enrolment string', argv: () => [], input: () => text().slice(0, 60), exit: 2, says: 'no enrolment'},
    {does: 'a token without URL', argv: () => [], input: () => enrolment.token, exit: 2, says: 'no enrolment string'},
    {
      does: 'an enrolment string with URL',
      argv: () => [enrolment.url, '--ca-file', ca()],
      input: () => text(),
      exit: 2,
      says: 'names its own server',
    },
    {
      does: 'a token that was cut',
      argv: () => [enrolment.url, '--ca-file', ca()],
      input: () => enrolment.token.slice(0, -1),
      exit: 2,
      says: 'no token',
    },
    {
      does: 'two lines',
      argv: () => [enrolment.url, '--ca-file', ca()],
      input: () => `a\n${enrolment.token}`,
      exit: 2,
      says: 'more than one line',
    },
    {does: 'what never ends', argv: () => [], input: () => 'x'.repeat(20_000), exit: 2, says: 'too long'},
    {
      does: 'a token in argv',
      argv: () => [enrolment.url, enrolment.token],
      exit: 2,
      says: 'URL is all that is typed here',
    },
    {
      does: 'an enrolment string for URL',
      argv: () => [text()],
      exit: 2,
      says: 'a token is never typed',
    },
    {
      does: 'a token for URL',
      argv: () => [enrolment.token],
      input: () => enrolment.token,
      exit: 2,
      says: 'a token is never typed',
    },
    {does: '--local with URL', argv: () => [enrolment.url, '--local', data], exit: 2, says: 'leave URL away'},
    {does: '--local of another folder', argv: () => ['--local', folder], exit: 2, says: 'ENOENT'},
    {does: 'two sources', argv: () => ['--from-stdin', '--from-env', 'HOME'], exit: 2, says: 'one place'},
    {does: 'a variable that is not set', argv: () => ['--from-env', 'NONE'], exit: 2, says: 'not set'},
    {
      does: '--ca-file and --ca-fingerprint',
      argv: () => [enrolment.url, '--ca-file', ca(), '--ca-fingerprint', 'ab'],
      exit: 2,
      says: 'exclude',
    },
    {
      does: 'a fingerprint that is none',
      argv: () => [enrolment.url, '--ca-fingerprint', 'ab'],
      exit: 2,
      says: '64 hex digits',
    },
    {
      does: 'a profile’s name that is none',
      argv: () => ['--local', data, '--profile', '../x'],
      exit: 2,
      says: 'name is not right',
    },
    {
      does: 'plain http beyond this machine',
      argv: () => ['http://postern.example'],
      input: () => enrolment.token,
      exit: 2,
      says: '--insecure-http',
    },
    {
      does: 'an enrolment over plain http',
      argv: () => [],
      input: () => text({url: 'http://postern.example'}),
      exit: 2,
      says: '--insecure-http',
    },
    {
      does: 'another CA file',
      argv: () => [enrolment.url, '--ca-file', join(data, 'tls/leaf.crt')],
      input: () => enrolment.token,
      exit: 8,
      says: 'not trusted',
    },
    {
      does: 'another fingerprint',
      argv: () => [],
      input: () => text({caFingerprint: 'ab'.repeat(32)}),
      exit: 8,
      says: 'another CA',
    },
    {
      does: 'an enrolment that pins nothing',
      argv: () => [],
      input: () => text({caFingerprint: null}),
      exit: 8,
      says: 'not vouched for',
    },
    {
      does: 'an unknown CA without a terminal',
      argv: () => [enrolment.url],
      input: () => enrolment.token,
      exit: 8,
      says: 'no terminal to ask on',
    },
    {
      does: 'a token that the server does not know',
      argv: () => [enrolment.url, '--ca-file', ca()],
      input: () => newToken(),
      exit: 3,
      says: 'Request id',
    },
    {
      does: 'a server that is not there',
      argv: () => [],
      input: () => text({url: 'https://localhost:1'}),
      exit: 8,
      says: 'ECONNREFUSED',
    },
  ])('refuses $does, and keeps nothing', async ({argv, input, exit, says}) => {
    const ran = await postern(Login, argv(), {...(input ? {input: input()} : {})})
    expect(ran.stderr).toContain(says)
    expect(ran).toMatchObject({exit, stdout: ''})
    expect(ran.stderr).toMatch(/^(Next|Request id): /m)
    expect(files()).toEqual([])
  })

  test('sends no token, and no request, before the CA is known', async () => {
    const other = await tlsServer((_, response) => response.end())
    for (const [argv, input] of [
      [[other.url], enrolment.token],
      [[], text({url: other.url})],
      [[], text({url: other.url, caFingerprint: null})],
    ] as const)
      expect(await postern(Login, [...argv], {input})).toMatchObject({exit: 8})
    expect(other.seen).toEqual([])
    await other.close()
  })

  test('finds no authority to pin where the server shows none', async () => {
    const other = await tlsServer((_, response) => response.end(), {chain: false})
    const ran = await postern(Login, [other.url], {input: enrolment.token})
    expect(ran).toMatchObject({exit: 8, stderr: expect.stringContaining('does not show its certificate authority')})
    await other.close()
  })

  test('does not sign in to what speaks plain http on an https URL', async () => {
    const other = await plainServer((_, response) => response.end())
    const ran = await postern(Login, [other.url.replace('http', 'https')], {input: enrolment.token})
    expect(ran).toMatchObject({exit: 8, stderr: expect.stringContaining('cannot be reached')})
    await other.close()
  })

  test('goes through the proxy for the CA, too', async () => {
    const proxy = await connectProxy({target: Number(new URL(enrolment.url).port)})
    const refusing = await connectProxy({refusal: 'HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n'})
    const url = 'https://postern.example:8443'
    const input = text({url})
    // Its certificate is for loopback, so it goes no further than the name.
    const ran = await postern(Login, [], {input, env: {HTTPS_PROXY: proxy.url}})
    expect(ran).toMatchObject({exit: 8, stderr: expect.stringContaining('another host name')})
    expect(proxy.asked).toEqual(['postern.example:8443', 'postern.example:8443'])
    const refused = await postern(Login, [], {input, env: {HTTPS_PROXY: refusing.url}})
    expect(refused).toMatchObject({exit: 8, stderr: expect.stringContaining('The proxy does not connect')})
    await proxy.close()
    await refusing.close()
  })
})

describe('profiles', () => {
  const signIn = (...argv: string[]) => postern(Login, ['--local', data, ...argv])

  test('of an organization that the token is not of is not kept, and leaves the one that was there', async () => {
    expect(await signIn('--profile', 'kept', '--org', 'default')).toMatchObject({exit: 0})
    const {exit, stderr} = await signIn('--profile', 'kept', '--org', 'elsewhere')
    expect([exit, stderr]).toEqual([5, expect.stringContaining('This token is of the organization default')])
    expect((await postern(Whoami, ['--json', '--profile', 'kept'])).result).toMatchObject({profile: 'kept'})
    await postern(ProfileRemove, ['kept'])
  })

  test('are listed, used and removed; removing takes the token along', async () => {
    for (const name of ['one', 'two']) expect(await signIn('--profile', name)).toMatchObject({exit: 0})
    const list = await postern(ProfileList, ['--json'])
    expect(JSON.parse(list.stdout).items).toMatchObject([
      {name: 'one', org: 'default', current: false},
      {name: 'two', org: 'default', current: true},
    ])
    expect((await postern(ProfileList, [])).stdout).toContain(`one\t${enrolment.url}\tdefault\tfile\t\n`)
    expect(await postern(ProfileUse, ['one'])).toMatchObject({exit: 0})
    expect((await postern(Whoami, ['--json'])).result).toMatchObject({profile: 'one'})
    expect(await postern(ProfileUse, ['three'])).toMatchObject({exit: 5})
    expect(await postern(ProfileRemove, ['three'])).toMatchObject({exit: 5})

    expect(await postern(ProfileRemove, ['two'])).toMatchObject({exit: 0})
    expect(await postern(Logout, [])).toMatchObject({exit: 0, stdout: expect.stringContaining('profile one is gone')})
    expect(files().filter((name) => name.includes('@'))).toEqual([])
    expect(await postern(Logout, [])).toMatchObject({exit: 3})
    expect(await postern(Whoami, [])).toMatchObject({exit: 3, stderr: expect.stringContaining('postern login URL')})
  })

  test('after logout, none is in use', async () => {
    for (const name of ['one', 'two']) await signIn('--profile', name)
    await postern(Logout, [])
    expect(await postern(Whoami, [])).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('postern profile use one'),
    })
  })

  test('remember the audit log of the same server, and forget it with a new key', async () => {
    await signIn()
    const profiles = openProfiles({HOME: home})
    const kept = profiles.get('default')!
    const heads = {default: {sequence: 9, hash: 'aa'}}
    await profiles.save('default', {...kept, heads})
    expect((await signIn()).stderr).not.toContain('another key')
    expect(openProfiles({HOME: home}).get('default')?.heads).toEqual(heads)

    await profiles.save('default', {...kept, heads, auditKey: 'another'})
    expect((await signIn()).stderr).toContain('Warning: this server signs its audit log with another key')
    expect(openProfiles({HOME: home}).get('default')).toMatchObject({heads: {}, auditKey: kept.auditKey})
  })

  test('a profile that moves to another server leaves no token behind', async () => {
    await signIn()
    const profiles = openProfiles({HOME: home})
    const tokens = () => files().filter((name) => name.includes('@'))
    const [old] = tokens()
    await profiles.save('default', {...profiles.get('default')!, url: 'https://other.example'})
    writeFileSync(join(home, old!.replace(/@.*/, '@https%3A%2F%2Fother.example')), newToken())
    await signIn()
    expect(tokens()).toEqual([old])
  })

  test('a token whose file is gone, or cannot be read, is asked for again', async () => {
    await signIn()
    const token = join(home, files().find((name) => name.includes('@'))!)
    chmodSync(token, 0o600)
    rmSync(token)
    const ran = await postern(Whoami, [])
    expect(ran).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining(`postern login ${enrolment.url} --profile default`),
    })
  })
})
