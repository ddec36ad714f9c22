import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {watchArgv} from '../world/argv-watch.ts'
import type {Session} from '../world/browser.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {filesOf} from '../world/database.ts'
import {finished, homeEnv, type Ran, start, tempFolder} from '../world/program.ts'
import {request} from '../world/request.ts'
import {onTerminal} from '../world/terminal.ts'
import {succeed, type World, world} from '../world/world.ts'

const canaries = {secret: newCanary(), variable: newCanary()}
const all = Object.values(canaries)
const nouns = ['secret', 'variable'] as const
const DEBUG = {DEBUG: '*', NODE_DEBUG: '', POSTERN_LOG_LEVEL: 'trace'}

let w: World
let dashboard: Session
const files = tempFolder()
const fileWith = (name: string, bytes: string | Uint8Array) => {
  const path = join(files.path, name)
  writeFileSync(path, bytes)
  return path
}

beforeAll(async () => {
  w = await world({env: DEBUG})
  dashboard = await w.dashboard()
})
afterAll(async () => {
  await w?.close()
  files.remove()
})

const leaks = (text: string | Buffer) => all.flatMap((canary) => leaksIn(text, canary))

/** Runs the CLI with everything that makes programs talk, and says what leaked. */
async function ran(argv: readonly string[], given: {stdin?: string | Uint8Array; env?: object} = {}): Promise<Ran> {
  const env = {...homeEnv(w.home), ...DEBUG, ...given.env}
  const child = start(argv, env)
  child.stdin?.on('error', () => {}).end(given.stdin ?? '')
  const result = await finished(child)
  expect(leaks(result.stdout + result.stderr), argv.slice(0, 2).join(' ')).toEqual([])
  return result
}

const place = ['--scope', 'production', 'CANARY']

describe.each(nouns)('a %s through every mode that works', (noun) => {
  const canary = canaries[noun]
  const modes: {mode: string; flags: string[]; stdin?: string; env?: object}[] = [
    {mode: 'stdin', flags: ['--from-stdin'], stdin: `${canary}\n`},
    {mode: 'the default pipe', flags: [], stdin: canary},
    {mode: 'a file', flags: ['--from-file', fileWith(noun, `${canary}\n`)]},
    {mode: 'the environment', flags: ['--from-env', 'CANARY_VALUE'], env: {CANARY_VALUE: canary}},
  ]

  test.each(modes)('$mode', async ({flags, ...given}) => {
    const watch = watchArgv(all)
    for (const json of [[], ['--json']])
      expect(await ran([noun, 'set', ...place, ...flags, ...json], given)).toMatchObject({code: 0})
    expect(watch.stop()).toEqual([])
  })

  test('a dry run, which shows its fingerprint alone', async () => {
    const child = start([noun, 'set', ...place, '--dry-run'], {...homeEnv(w.home), ...DEBUG})
    child.stdin?.end(canary)
    const {stdout, stderr} = await finished(child)
    expect(leaks(stdout + stderr)).toEqual(['fingerprint'])
  })

  test('argv, where the one process has it that was given it', async () => {
    const watch = watchArgv(all)
    const {stderr} = await ran([noun, 'set', ...place, '--value', canary])
    expect(stderr).toMatch(/^Warning: .*--from-stdin/)
    expect(watch.stop().length).toBeLessThanOrEqual(1)
  })

  test('a prompt', async () => {
    const watch = watchArgv(all)
    const {code, screen} = await onTerminal(
      [noun, 'set', ...place],
      w.home,
      [{at: /Value of/, type: `${canary}\r`}],
      DEBUG,
    )
    expect(watch.stop()).toEqual([])
    expect(code).toBe(0)
    expect(leaks(screen)).toEqual([])
  })

  test('a prompt that is broken off, and one that gets two lines', async () => {
    const stopped = await onTerminal(
      [noun, 'set', ...place],
      w.home,
      [{at: /Value of/, type: `${canary}\u0003`}],
      DEBUG,
    )
    expect({code: stopped.code, leaks: leaks(stopped.screen)}).toEqual({code: 130, leaks: []})
    const pasted = `${canary}\n${canary}\n`
    const twice = await onTerminal([noun, 'set', ...place], w.home, [{at: /Value of/, type: pasted}], DEBUG)
    expect({code: twice.code, leaks: leaks(twice.screen)}).toEqual({code: 1, leaks: []})
  })
})

describe.each(nouns)('a %s through every failure of the CLI', (noun) => {
  const canary = canaries[noun]
  const set = [noun, 'set', ...place]
  const failures: {does: string; argv: string[]; exit: number; stdin?: string | Uint8Array; env?: object}[] = [
    {does: 'a value as an argument', argv: [...set, canary], exit: 2},
    {does: 'a value as the topic’s argument', argv: [noun, 'CANARY', canary], exit: 2},
    {does: 'a value behind =', argv: [noun, 'set', '--scope', 'production', `CANARY=${canary}`], exit: 2},
    {does: 'a value of --prompt', argv: [...set, `--prompt=${canary}`], exit: 2},
    {does: 'a value of an unknown flag', argv: [...set, `--vlaue=${canary}`], exit: 2},
    {does: 'a value after an unknown flag', argv: [...set, '--vlaue', canary], exit: 2},
    {does: 'a value of an unknown short flag', argv: [...set, `-x${canary}`], exit: 2},
    {does: 'two modes', argv: [...set, '--value', canary, '--from-stdin'], exit: 2},
    {does: 'a value as the scope', argv: [noun, 'set', '--scope', `${canary} !`, 'CANARY'], exit: 2},
    {does: 'a value as the key', argv: [noun, 'set', '--scope', 'production', `${canary}-!`], exit: 2},
    {does: 'a value as a file', argv: [...set, '--from-file', `/nowhere/${canary}`], exit: 2},
    {does: 'a value as a variable’s name', argv: [...set, '--from-env', canary], exit: 2},
    {does: 'a value as a fingerprint', argv: [...set, '--confirm-fingerprint', canary], exit: 2},
    {does: 'a value as a version', argv: [...set, '--expect-version', canary], exit: 2},
    {does: 'a value as a command', argv: [canary], exit: 2},
    {does: 'a value as a profile', argv: [...set, '--profile', canary], stdin: canary, exit: 5},
    {does: 'another fingerprint', argv: [...set, '--confirm-fingerprint', 'a'.repeat(64)], stdin: canary, exit: 7},
    {does: 'another version', argv: [...set, '--expect-version', '99'], stdin: canary, exit: 6},
    {does: 'another organization', argv: [...set, '--org', 'elsewhere'], stdin: canary, exit: 5},
    {does: 'bytes that are no text', argv: set, stdin: Buffer.concat([Buffer.from(canary), Buffer.of(0xff)]), exit: 1},
    {does: 'too many bytes', argv: set, stdin: canary.repeat(30_000), exit: 1},
    {does: 'a wrong token', argv: set, stdin: canary, env: {POSTERN_TOKEN: 'postern_wrong'}, exit: 3},
    {does: 'a value as a token', argv: set, stdin: canary, env: {POSTERN_TOKEN: canary}, exit: 3},
    {
      does: 'no profile',
      argv: set,
      stdin: canary,
      env: {HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent'},
      exit: 3,
    },
    {
      does: 'a server that is not there',
      argv: set,
      stdin: canary,
      env: {POSTERN_URL: 'https://127.0.0.1:1', POSTERN_TOKEN: 'postern_x'},
      exit: 8,
    },
  ]

  test.each(failures)('$does', async ({argv, exit, ...given}) => {
    // Both nouns share this code, so each goes one way.
    const {code} = await ran(noun === 'secret' ? [...argv, '--json'] : argv, given)
    expect(code).toBe(exit)
  })
})

describe.each(nouns)('a %s through every failure of the server', (noun) => {
  const canary = canaries[noun]
  const path = `/orgs/default/${noun}s/CANARY?scope=production`
  const put = (headers: Record<string, string>, body: unknown, at = path) => ({method: 'PUT', headers, body, at})
  const value = {encoding: 'utf8', data: canary}
  const json = {'content-type': 'application/json'}

  const requests: [string, ReturnType<typeof put>][] = [
    ['a value that is a number', put({}, {value: 1, [canary]: canary})],
    ['a value that is text', put({}, {value: canary})],
    ['a value that is a list', put({}, {value: [canary, {a: canary}]})],
    ['an unknown field', put({}, {value, note: canary})],
    ['an unknown encoding', put({}, {value: {encoding: canary, data: canary}})],
    ['bad base64', put({}, {value: {encoding: 'base64', data: `${canary}!`}})],
    ['a lone surrogate', put({}, {value: {encoding: 'utf8', data: `${canary}\ud800`}})],
    ['a version that is text', put({}, {value, expectVersion: canary})],
    ['another version', put({}, {value, expectVersion: 99})],
    ['half a JSON', put(json, `{"value": {"encoding": "utf8", "data": "${canary}`)],
    ['no JSON', put({'content-type': 'text/plain'}, canary)],
    ['a form', put({'content-type': 'application/x-www-form-urlencoded'}, `value=${canary}`)],
    ['a content type with a tail', put({'content-type': `application/json;${canary}`}, JSON.stringify(canary))],
    ['too large a body', put(json, `{"value": "${canary.repeat(60_000)}"}`)],
    ['the key', put({}, {value}, `/orgs/default/${noun}s/${canary}-?scope=production`)],
    ['a long key', put({}, {value}, `/orgs/default/${noun}s/${canary.repeat(10)}?scope=production`)],
    ['a key that is no escape', put({}, {value}, `/orgs/default/${noun}s/${canary}%zz?scope=production`)],
    ['the scope', put({}, {value}, `/orgs/default/${noun}s/CANARY?scope=${canary}..//`)],
    ['the query', put({}, {value}, `${path}&${canary}=${canary}`)],
    ['the organization', put({}, {value}, `/orgs/${canary}/${noun}s/CANARY?scope=production`)],
    ['the path', put({}, {value}, `/${canary}`)],
    ['a header', put({[`x-${canary}`]: canary, 'user-agent': canary, 'x-forwarded-for': canary}, {value: canary})],
    ['the request id', put({'x-request-id': `${canary}!`}, {value})],
    ['the cookie', put({cookie: `a=${canary}; __Host-postern-session=${canary}`}, {value: canary})],
    ['the token', put({authorization: `Bearer ${canary}`}, {value})],
    ['a scheme', put({authorization: `${canary} ${canary}`}, {value})],
    ['the CSRF token', put({'x-csrf-token': canary}, {value})],
    ['the origin', put({origin: `https://${canary}.test`}, {value: canary})],
  ]

  test.each(requests)('%s', async (_, {method, headers, body, at}) => {
    const bearer = {authorization: `Bearer ${w.token}`}
    const answers = await Promise.all([
      request(w.server.url, `/admin/v1${at}`, w.server.ca, {method, body, headers: {...bearer, ...headers}}),
      request(w.server.url, `/admin/v1${at}`, w.server.ca, {method, body, headers}),
      dashboard.send(`/dashboard/v1${at}`, {method, body, headers}),
    ])
    for (const {status, text, headers: answered} of answers) {
      expect(status).toBeLessThan(500)
      expect(leaks(text + JSON.stringify(answered))).toEqual([])
    }
    expect(answers[1]!.status).toBeGreaterThanOrEqual(400)
  })

  test('a locked operation, and a locked variable', async () => {
    await succeed(w.cli(['policy', 'lock', `${noun}s.set`]))
    const locked = await dashboard.send(`/dashboard/v1${path}`, {method: 'PUT', body: {value}})
    await succeed(w.cli(['policy', 'reset', '--yes']))
    await succeed(w.cli(['variable', 'set', ...place, '--value', 'x', '--locked']))
    const immutable = await dashboard.send('/dashboard/v1/orgs/default/variables/CANARY?scope=production', {
      method: 'PUT',
      body: {value},
    })
    await succeed(w.cli(['variable', 'set', ...place, '--unlock'], {stdin: canaries.variable}))
    expect([locked.json.code, immutable.json.code]).toEqual(['operation_disabled', 'variable_locked'])
    expect(leaks(locked.text + immutable.text)).toEqual([])
  })
})

test('and nobody finds them afterwards', async () => {
  // Both are stored, as the newest version: the variable comes out where it is asked for, and nowhere else.
  const read = await w.cli(['variable', 'get', '--scope', 'production', 'CANARY'])
  expect(read.stdout).toContain(canaries.variable)
  expect(leaks(read.stderr)).toEqual([])
  for (const argv of [
    ['secret', 'list'],
    ['variable', 'list'],
    ['secret', 'history', ...place],
    ['variable', 'history', ...place],
    ['scope', 'list'],
    ['audit', 'list', '--limit', '1000'],
  ])
    for (const json of [[], ['--json']]) expect((await ran([...argv, ...json])).code).toBe(0)

  expect(await filesWithLeaks()).toEqual([])
  await w.server.stop()
  expect(await filesWithLeaks()).toEqual([])
  expect(leaks(w.server.output())).toEqual([])
})

/** Every file of the server and of the home, the database's write-ahead log and the code cache among them. */
async function filesWithLeaks(): Promise<string[]> {
  const files = readdirSync(w.folder, {recursive: true})
    .map((name) => join(w.folder, String(name)))
    .filter((path) => statSync(path).isFile())
  return [...new Set([...files, ...(await filesOf(w.server.data))])].flatMap((path) =>
    leaks(readFileSync(path)).map((form) => `${path}: ${form}`),
  )
}
