import {execFile} from 'node:child_process'
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join, normalize} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {leaksIn, newCanary} from '../world/canary.ts'
import {engineEnv} from '../world/engine.ts'
import {homeEnv, program} from '../world/program.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const run = promisify(execFile)
const canary = newCanary()
let w: World
let folder: string
let forge: Server
let origin: string
/** What git sent to the forge, as `user:password`. */
let credentials: string[] = []

// A server; a real repository behind HTTP on loopback that asks for `deploy` or a token's any name, and the canary.
beforeAll(async () => {
  w = await world()
  folder = mkdtempSync(join(tmpdir(), 'postern-git-'))
  await git(['init', '-q', '-b', 'main', 'work'])
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
  await git(['-C', 'work', ...identity, 'commit', '-q', '--allow-empty', '-m', 'first'])
  await git(['clone', '-q', '--bare', 'work', 'served.git'])
  await git(['-C', 'served.git', 'update-server-info'])
  forge = createServer((request, response) => {
    const {authorization = ''} = request.headers
    const [scheme, data = ''] = authorization.split(' ')
    const said = Buffer.from(data, 'base64').toString('utf8')
    if (scheme === 'Basic') credentials.push(said)
    if (!said.endsWith(`:${canary}`)) {
      response.writeHead(401, {'www-authenticate': 'Basic realm="forge"'}).end()
      return
    }
    const path = join(folder, normalize(new URL(request.url!, 'http://forge').pathname))
    try {
      if (!statSync(path).isFile()) throw new Error('no file')
      response.end(readFileSync(path))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((done) => forge.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(forge.address() as AddressInfo).port}`
  await succeed(w.cli(['secret', 'set', '--scope', 'ci', 'GIT_TOKEN'], {stdin: canary}))
  await succeed(w.cli(['secret', 'set', '--scope', 'ci', 'WRONG'], {stdin: 'wrong'}))
  await succeed(
    w.cli(['secret', 'set', '--scope', 'ci', 'LOGIN', '--field-env', 'username=U', '--field-env', 'password=P'], {
      env: {U: 'deploy', P: canary},
    }),
  )
  await succeed(w.cli(['environment', 'create', 'builds']))
  await succeed(w.cli(['environment', 'bind', 'builds', '--scope', 'ci']))
})
afterAll(async () => {
  await new Promise((done) => forge?.close(done))
  rmSync(folder, {recursive: true, force: true})
  await w?.close()
})
beforeEach(() => {
  credentials = []
})

const git = async (argv: readonly string[], env: Record<string, string> = {}) => {
  const own = {...homeEnv(w.home), ...(await engineEnv([])), GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', ...env}
  const {stdout, stderr} = await run('git', [...argv], {cwd: folder, env: own}).catch(
    (error: {stdout: string; stderr: string}) => ({stdout: error.stdout, stderr: `FAILED ${error.stderr}`}),
  )
  return {stdout, stderr}
}
/** A clone by real git, with the helper of these flags and no other. */
let clones = 0
const clone = (flags: string, env: Record<string, string> = {}, url = origin) => {
  clones += 1
  const helper = `!'${process.execPath}' '${program}' git-credential --for ${origin} ${flags}`
  const config = ['-c', 'credential.helper=', '-c', `credential.${origin}.helper=${helper}`]
  return git([...config, 'clone', '-q', `${url}/served.git`, `clone-${clones}`], env)
}
const ask = (argv: readonly string[], stdin: string) => w.cli(['git-credential', ...argv], {stdin})
const forOrigin = (...flags: string[]) => ['--for', origin, '--scope', 'ci', ...flags]
const request = (url: string, more = '') => {
  const {protocol, host} = new URL(url)
  return `protocol=${protocol.slice(0, -1)}\nhost=${host}\n${more}\n`
}

describe('real git clones', () => {
  test('with a token of a scope, which is in the audit log as a reading and in no file', async () => {
    const {stderr} = await clone('--scope ci --key GIT_TOKEN')
    expect(stderr).toBe('')
    expect(credentials[0]).toBe(`x-access-token:${canary}`)
    expect(readdirSync(join(folder, `clone-${clones}`))).toEqual(['.git'])
    const {json} = await asToken(w.server, w.token, 'auditList', {query: {operation: 'secrets.reveal', limit: 1}})
    expect(JSON.parse(json.entries[0]!.canonical)).toMatchObject({
      outcome: 'disclosed',
      target: {scope: 'ci', name: 'GIT_TOKEN'},
    })
    const config = readFileSync(join(folder, `clone-${clones}`, '.git/config'), 'utf8')
    expect(leaksIn(config + w.server.output(), canary)).toEqual([])
  })

  test('with username and password of a secret with fields', async () => {
    expect((await clone('--scope ci --key LOGIN')).stderr).toBe('')
    expect(credentials[0]).toBe(`deploy:${canary}`)
  })

  test('with the user of the URL, or of --username', async () => {
    expect((await clone('--scope ci --key GIT_TOKEN', {}, origin.replace('//', '//me@'))).stderr).toBe('')
    expect((await clone('--scope ci --key GIT_TOKEN --username you')).stderr).toBe('')
    expect(credentials).toEqual(expect.arrayContaining([`me:${canary}`, `you:${canary}`]))
  })

  test('as a workload, of which only that key is disclosed', async () => {
    const token = (await succeed(w.cli(['token', 'create', 'runner', '--environment', 'builds']))).stdout.trim()
    const {stderr} = await clone('--key GIT_TOKEN', {POSTERN_URL: w.server.url, POSTERN_TOKEN: token})
    expect(stderr).toBe('')
    const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit: 1}})
    expect(JSON.parse(json.entries[0]!.canonical)).toMatchObject({names: ['secret ci GIT_TOKEN 1']})
  })

  test('as a person, of an environment', async () => {
    expect((await clone('--environment builds --key GIT_TOKEN')).stderr).toBe('')
  })

  test('not with a wrong one, and hears which that was; it stays as it is', async () => {
    const {stderr} = await clone('--scope ci --key WRONG')
    expect(stderr).toMatch(/FAILED[\s\S]*did not take WRONG of ci/)
    expect((await succeed(w.cli(['secret', 'get', '--scope', 'ci', 'WRONG', '--reveal']))).stdout).toBe('wrong')
  })
})

describe('another host gets nothing', () => {
  test.each([
    ['another host', 'https://evil.example'],
    ['another port', 'http://127.0.0.1:1'],
    ['another scheme', 'ORIGIN as https'],
    ['a host that only begins with it', 'ORIGIN.evil.example'],
  ])('%s', async (_, text) => {
    const url =
      text === 'ORIGIN as https' ? origin.replace('http:', 'https:') : text.replace('ORIGIN', 'http://127.0.0.1')
    expect(await ask([...forOrigin('--key', 'GIT_TOKEN'), 'get'], request(url))).toMatchObject({code: 0, stdout: ''})
  })

  test.each([
    ['an @', (host: string) => `x@${host}`],
    ['a path', (host: string) => `${host}/x`],
    ['a number sign', (host: string) => `${host}#`],
    ['nothing', () => ''],
  ])('with %s in its name', async (_, change) => {
    const host = change(new URL(origin).host)
    const stdin = `protocol=http\nhost=${host}\n\n`
    expect(await ask([...forOrigin('--key', 'GIT_TOKEN'), 'get'], stdin)).toMatchObject({code: 0, stdout: ''})
  })

  test('nor one of another user', async () => {
    const argv = [...forOrigin('--key', 'LOGIN'), 'get']
    expect(await ask(argv, request(origin, 'username=other\n'))).toMatchObject({code: 0, stdout: ''})
    expect(await ask(argv, request(origin, 'username=deploy\n'))).toMatchObject({
      code: 0,
      stdout: `username=deploy\npassword=${canary}\n`,
    })
  })

  test.each([
    ['plain http beyond this machine', 'http://git.example.com', /plain http/],
    ['a path', 'https://git.example.com/team', /more than scheme, host and port/],
    ['no URL', 'ftp://git.example.com', /not a server's URL/],
  ])('--for with %s is refused', async (_, url, said) => {
    const ran = await ask(['--for', url, '--scope', 'ci', '--key', 'GIT_TOKEN', 'get'], request(origin))
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(said)])
  })
})

test.each(['store', 'erase', 'capability'])('%s gives and changes nothing', async (action) => {
  const stdin = request(origin, 'username=a\npassword=b\n')
  expect(await ask([...forOrigin('--key', 'GIT_TOKEN'), action], stdin)).toMatchObject({code: 0, stdout: ''})
  expect((await succeed(w.cli(['secret', 'get', '--scope', 'ci', 'GIT_TOKEN', '--reveal']))).stdout).toBe(canary)
})

test.each([
  ['a line’s end', 'two\nlines', [], /line’s end/],
  ['no field password', 'x', ['--field-stdin', 'token'], /no field password/],
])('a secret with %s is no password', async (_, stdin, flags, said) => {
  const key = `BAD_${flags.length}`
  await succeed(w.cli(['secret', 'set', '--scope', 'ci', key, ...flags], {stdin}))
  const ran = await ask([...forOrigin('--key', key), 'get'], request(origin))
  expect([ran.code, ran.stdout, ran.stderr]).toEqual([1, '', expect.stringMatching(said)])
})

test('a key that is not there is said', async () => {
  const ran = await ask(['--for', origin, '--environment', 'builds', '--key', 'NONE', 'get'], request(origin))
  expect([ran.code, ran.stderr]).toEqual([5, expect.stringContaining('does not give NONE')])
})
