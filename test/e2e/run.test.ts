import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {finished, homeEnv, program, run} from '../world/program.ts'
import {onTerminal} from '../world/terminal.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
let token: string
beforeAll(async () => {
  w = await world()
  const set = (key: string, value: string, scope = 'app') =>
    succeed(w.cli(['secret', 'set', '--scope', scope, key], {stdin: value}))
  await set('DB_PASSWORD', 'hunter2 & more')
  await set('API_KEY', 'k-123456')
  await set('LINES', 'first line\nsecond line')
  await set('VITE_TITLE', 'title')
  await set('NODE_OPTIONS', '--require=/tmp/evil.js', 'evil')
  await succeed(w.cli(['secret', 'declare', '--scope', 'app', 'LATER']))
  for (const environment of ['app', 'evil']) {
    await succeed(w.cli(['environment', 'create', environment]))
    await succeed(w.cli(['environment', 'bind', environment, '--scope', environment]))
  }
  token = (await succeed(w.cli(['token', 'create', 'web', '--environment', 'app']))).stdout.trim()
})
afterAll(() => w.close())

let running: ChildProcess[] = []
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running = []
})

/** Nobody is signed in here: the environment has the token and the server's address. */
const workloadEnv = (as = token) => ({
  ...homeEnv(join(w.folder, 'nobody')),
  POSTERN_URL: w.server.url,
  POSTERN_TOKEN: as,
  POSTERN_CA_FILE: join(w.server.data, 'tls/ca.crt'),
})
const asWorkload = (argv: string[], options: {env?: Record<string, string>; stdin?: string} = {}) =>
  run(['run', ...argv], join(w.folder, 'nobody'), {...options, env: {...workloadEnv(), ...options.env}})

/** Starts it without a terminal, and waits until the command has said a line. */
async function started(argv: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, 'run', ...argv], {env: {...workloadEnv(), ...env}, stdio: 'pipe'})
  running.push(child)
  const done = finished(child)
  await new Promise<void>((said) => child.stdout.once('data', () => said()))
  return {child, done}
}

const node = (script: string) => ['--', process.execPath, '-e', script]
const shown = (names: string) => node(`for (const n of '${names}'.split(' ')) console.log(n + '=' + process.env[n])`)

describe('the command gets', () => {
  test('what its environment gives, in its variables, and what is inherited', async () => {
    const {stdout, stderr, code} = await asWorkload(shown('DB_PASSWORD API_KEY KEPT'), {
      env: {KEPT: 'yes', API_KEY: 'old'},
    })
    expect([code, stdout]).toEqual([0, 'DB_PASSWORD=hunter2 & more\nAPI_KEY=k-123456\nKEPT=yes\n'])
    expect(stderr).toBe('Warning: LATER is declared in scope app and has no value; the command does not get it.\n')
  })

  test('nothing of Postern’s own credential', async () => {
    const {stdout} = await asWorkload(node('console.log(JSON.stringify(process.env))'))
    expect(Object.keys(JSON.parse(stdout)).filter((name) => /^POSTERN_TOKEN/i.test(name))).toEqual([])
    expect(stdout).not.toContain(token)
  })

  test.each<[string[], string, string]>([
    [['--only', 'VITE_*'], 'VITE_TITLE API_KEY', 'VITE_TITLE=title\nAPI_KEY=inherited\n'],
    [['--scope', 'other'], 'API_KEY', 'API_KEY=inherited\n'],
    [['--add-prefix', 'APP_'], 'APP_API_KEY API_KEY', 'APP_API_KEY=k-123456\nAPI_KEY=inherited\n'],
    [['--preserve-env'], 'API_KEY', 'API_KEY=inherited\n'],
    [['--clean-env'], 'OTHER API_KEY', 'OTHER=undefined\nAPI_KEY=k-123456\n'],
    [['--clean-env', '--keep-env', 'OTHER'], 'OTHER', 'OTHER=other\n'],
  ])('with %j, what that says', async (flags, names, expected) => {
    const {stdout} = await asWorkload([...flags, ...shown(names)], {env: {API_KEY: 'inherited', OTHER: 'other'}})
    expect(stdout).toBe(expected)
  })

  test('its arguments and its input as they are, with no shell in between', async () => {
    const argv = [
      '--',
      process.execPath,
      '-e',
      'process.stdout.write(JSON.stringify(process.argv.slice(1))); process.stdin.pipe(process.stdout)',
      'a b',
      '$HOME',
      '--json',
      '--',
      '*',
    ]
    const {stdout} = await asWorkload(argv, {stdin: 'input'})
    expect(stdout).toBe('["a b","$HOME","--json","--","*"]input')
  })

  test('values of an environment that a person is signed in to, and names', async () => {
    const {stdout} = await succeed(w.cli(['run', '--environment', 'app', ...shown('API_KEY')]))
    expect(stdout).toBe('API_KEY=k-123456\n')
    const {stdout: log} = await succeed(w.cli(['audit', 'list', '--operation', 'environments.resolve', '--json']))
    expect(JSON.parse(log).entries.at(-1)).toMatchObject({actor: {name: 'owner'}, surface: 'workload'})
  })
})

describe('it ends', () => {
  test.each([0, 1, 42, 255])('with the command’s exit status %i', async (code) =>
    expect((await asWorkload(node(`process.exit(${code})`))).code).toBe(code),
  )

  test.each<[NodeJS.Signals, number]>([
    ['SIGTERM', 143],
    ['SIGKILL', 137],
    ['SIGABRT', 134],
  ])('with 128 and the number where %s ends the command', async (signal, code) => {
    const ran = await asWorkload(['--', 'sh', '-c', `kill -${signal.slice(3)} $$`])
    // Where the program becomes the command, the signal ends it itself.
    expect(ran.code === null || ran.code === code).toBe(true)
  })

  test.each<[string, string[], number, RegExp]>([
    ['what is not there', ['--', 'no-such-command-here'], 127, /There is no command no-such-command-here/],
    ['a folder', ['--', '/tmp'], 126, /is a folder/],
    ['nothing', [], 2, /The command to run is missing/],
    ['nothing behind --', ['--'], 2, /The command to run is missing/],
    ['no --', ['--mask', 'printenv', 'HOME'], 2, /The command to run is missing: it stands behind --/],
    ['a word before --', ['app', '--', 'true'], 2, /no arguments/],
    ['--keep-env alone', ['--keep-env', 'A', '--', 'true'], 2, /--clean-env/],
    ['a mount of a key that is not there', ['--mount', 'F=API_KEYS', '--', 'true'], 5, /Is API_KEY meant/],
    ['--offline alone', ['--offline', '--', 'true'], 2, /--fallback/],
    [
      'another environment than the token’s',
      ['--environment', 'evil', '--', 'true'],
      2,
      /bound to the environment app/,
    ],
  ])('before anything is started, for %s', async (_, argv, code, said) => {
    const ran = await asWorkload(argv)
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(said)])
    expect(ran.stdout).toBe('')
  })

  test('for a name that runs code, which is named, unless that is allowed', async () => {
    const evil = (await succeed(w.cli(['token', 'create', 'evil', '--environment', 'evil']))).stdout.trim()
    const refused = await asWorkload(['--', 'env'], {env: {POSTERN_TOKEN: evil}})
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/NODE_OPTIONS \(scope evil\)/)])
    expect(refused.stdout).toBe('')
    const allowed = await asWorkload(['--allow-env', 'NODE_OPTIONS', '--', 'printenv', 'NODE_OPTIONS'], {
      env: {POSTERN_TOKEN: evil},
    })
    expect(allowed.stdout).toBe('--require=/tmp/evil.js\n')
  })
})

const counts = `
  for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGQUIT']) process.on(s, () => { console.log(s); if (s !== 'SIGUSR2') setTimeout(() => process.exit(7), 150) })
  console.log('ready'); setInterval(() => {}, 1000)`

describe('signals without a terminal', () => {
  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])(
    '%s reaches the command, once',
    async (signal) => {
      const {child, done} = await started(node(counts))
      child.kill(signal)
      const {code, stdout} = await done
      expect([code, stdout]).toEqual([7, `ready\n${signal}\n`])
    },
  )

  test('reach the whole group of the command, and nothing of it is left', async () => {
    const script = `const {spawn} = require('node:child_process'); const c = spawn('sleep', ['100']); console.log(c.pid); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, [program, 'run', '--mask', ...node(script)], {
      env: workloadEnv(),
      stdio: 'pipe',
    })
    running.push(child)
    const pid = await new Promise<number>((said) => child.stdout.once('data', (part) => said(Number(part))))
    child.kill('SIGTERM')
    await new Promise((ended) => child.once('close', ended))
    for (let tries = 0; tries < 200 && !hasEnded(pid); tries += 1) await sleep(20)
    expect(hasEnded(pid)).toBe(true)
  })
})

/** Whether a process is gone, or a zombie that nobody waited for. */
function hasEnded(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return true
  }
}

describe('on a terminal', () => {
  test('Ctrl-C reaches the command once, and its exit status is passed on', async () => {
    const {code, screen} = await onTerminal(['run', '--environment', 'app', '--mask', ...node(counts)], w.home, [
      {at: /ready/, type: '\u0003'},
    ])
    expect([code, screen.match(/SIGINT/g)]).toEqual([7, ['SIGINT']])
  })

  test('the command has it as it is', async () => {
    const script = 'console.log(process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY)'
    const {screen} = await onTerminal(['run', '--environment', 'app', ...node(script)], w.home, [])
    expect(screen).toMatch(/true.*true.*true/)
  })
})

describe('a file', () => {
  test('holds what it is made of, is its owner’s alone, and is gone afterwards; its keys are in no variable', async () => {
    const script = `const fs = require('node:fs'); const p = process.env.BUNDLE
      console.log(JSON.stringify({p, text: fs.readFileSync(p, 'utf8'), mode: fs.statSync(p).mode & 0o777, key: process.env.API_KEY ?? null}))`
    const {stdout} = await asWorkload(['--mount', 'BUNDLE=API_KEY,DB_PASSWORD', '--divider', '|', ...node(script)])
    const said = JSON.parse(stdout)
    expect(said).toEqual({p: expect.any(String), text: 'k-123456|hunter2 & more', mode: 0o600, key: null})
    expect(existsSync(said.p)).toBe(false)
    if (existsSync('/dev/shm')) expect(said.p).toMatch(/^\/dev\/shm\//)
  })

  test('is gone after a kill of both, once the next one makes a file', async () => {
    const {child} = await started([
      '--mount',
      'F=API_KEY',
      ...node('console.log(process.env.F); setInterval(() => {}, 1000)'),
    ])
    const mounts = () => readdirSync('/dev/shm').filter((name) => name.startsWith(`postern-mount-${child.pid}-`))
    expect(mounts()).toHaveLength(1)
    child.kill('SIGKILL')
    await new Promise((ended) => child.once('exit', ended))
    expect(mounts()).toHaveLength(1)
    await asWorkload(['--mount', 'F=API_KEY', '--', 'true'])
    expect(mounts()).toHaveLength(0)
    spawnSync('pkill', ['-f', 'process.env.F'])
  })
})

describe('--mask', () => {
  test('hides values in both streams, in their forms, and leaves the rest', async () => {
    const script = `const v = process.env.DB_PASSWORD; console.log('plain ' + v + '.'); console.log(Buffer.from(v).toString('base64'))
      console.error(encodeURIComponent(v), JSON.stringify(process.env.LINES)); process.stdout.write('second line')`
    const {stdout, stderr, code} = await asWorkload(['--mask', ...node(script)])
    expect([code, stdout]).toEqual([0, 'plain ***.\n***\n***'])
    expect(stderr).toContain('*** "***"\n')
  })

  test('of much output loses nothing, and waits for what the command’s own children write', async () => {
    const script = `require('node:child_process').spawn('sh', ['-c', 'sleep 0.3; echo late'], {stdio: 'inherit'}); process.stdout.write('x'.repeat(3e6) + '\\n', () => process.exit(3))`
    const {stdout, code} = await asWorkload(['--mask', ...node(script)])
    expect([code, stdout.length, stdout.endsWith('late\n')]).toEqual([3, 3e6 + 1 + 5, true])
  })
})

test('with --mask, what the command left running is not waited for', async () => {
  const {stdout, code} = await asWorkload(['--mask', '--', 'sh', '-c', 'sleep 300 & echo "has $API_KEY"; exit 3'])
  expect([code, stdout]).toEqual([3, 'has ***\n'])
  spawnSync('pkill', ['-f', 'sleep 300'])
})

describe('--watch', () => {
  test('ends with the command that is about to be started anew, when it is asked to end meanwhile', async () => {
    const script = `process.on('SIGTERM', () => setTimeout(() => process.exit(5), 1500)); console.log('has ' + process.env.VITE_TITLE); setInterval(() => {}, 1000)`
    const {child, done} = await started(['--watch', '--only', 'VITE_*', ...node(script)])
    let said = ''
    child.stderr.on('data', (part) => {
      said += part
    })
    await succeed(w.cli(['secret', 'set', '--scope', 'app', 'VITE_TITLE'], {stdin: 'another'}))
    await expect.poll(() => said, {timeout: 20_000}).toContain('started anew')
    child.kill('SIGTERM')
    const {code, stdout} = await done
    expect([code, stdout]).toEqual([5, 'has title\n'])
    await succeed(w.cli(['secret', 'set', '--scope', 'app', 'VITE_TITLE'], {stdin: 'title'}))
  })

  test('starts the command anew with what changed, and ends with it', async () => {
    const script = `process.on('SIGTERM', () => process.exit(0)); console.log('has ' + process.env.VITE_TITLE); setInterval(() => {}, 1000)`
    const {child, done} = await started(['--watch', '--only', 'VITE_*', ...node(script)])
    let said = ''
    child.stdout.on('data', (part) => {
      said += part
    })
    await succeed(w.cli(['secret', 'set', '--scope', 'app', 'VITE_TITLE'], {stdin: 'another'}))
    for (let tries = 0; tries < 200 && !said.includes('has another'); tries += 1) await sleep(50)
    expect(said).toContain('has another')
    child.kill('SIGTERM')
    const {code, stderr} = await done
    expect(code).toBe(0)
    expect(stderr).toContain('The values changed; the command is started anew.')
    await succeed(w.cli(['secret', 'set', '--scope', 'app', 'VITE_TITLE'], {stdin: 'title'}))
  })
})

describe('--fallback', () => {
  test('keeps a copy that is sealed, used while the server is away, and gone once the token has ended', async () => {
    const file = join(w.folder, 'last-good')
    const other = (await succeed(w.cli(['token', 'create', 'fallen', '--environment', 'app']))).stdout.trim()
    const withCopy = (argv: string[], env: Record<string, string> = {}) =>
      asWorkload(['--fallback', file, '--only', 'API_KEY', ...argv, ...shown('API_KEY')], {
        env: {POSTERN_TOKEN: other, ...env},
      })
    expect((await withCopy(['--offline'])).code).toBe(8)
    await succeed(withCopy([]))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const kept = readFileSync(file)
    for (const text of ['k-123456', Buffer.from('k-123456').toString('base64'), other])
      expect(kept.includes(text)).toBe(false)

    const away = {POSTERN_URL: 'https://127.0.0.1:1'}
    expect((await withCopy([], away)).code).toBe(8)
    const offline = await withCopy(['--offline'])
    expect([offline.code, offline.stdout]).toEqual([0, 'API_KEY=k-123456\n'])
    expect(offline.stderr).toMatch(/Warning: .* the last good values, from \d{4}-/)
    expect((await withCopy(['--offline'], {POSTERN_TOKEN: token})).stderr).toMatch(/another token/)
    expect((await withCopy(['--offline', '--max-age', '0s'])).stderr).toMatch(/older than --max-age/)
    writeFileSync(file, Buffer.concat([kept.subarray(0, 60), Buffer.from('AAAA'), kept.subarray(64)]))
    expect((await withCopy(['--offline'])).code).toBe(8)
    writeFileSync(file, kept)

    await succeed(w.cli(['token', 'revoke', 'fallen', '--yes']))
    expect((await withCopy([])).code).toBe(3)
    expect(existsSync(file)).toBe(false)
  })

  test('is refused to who has no token that would open it', async () => {
    const ran = await w.cli(['run', '--environment', 'app', '--fallback', join(w.folder, 'none'), '--', 'true'])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(/seals what it keeps to a workload’s token/)])
  })
})

test('a value is in no argument of any process, and in no error', async () => {
  const {stdout} = await asWorkload(['--', 'sh', '-c', 'cat /proc/*/cmdline 2> /dev/null | tr "\\0" " "'])
  expect(stdout).not.toContain('hunter2')
  expect(stdout).not.toContain(token)
})
