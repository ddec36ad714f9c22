import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {PassThrough} from 'node:stream'
import {text} from 'node:stream/consumers'
import {setTimeout as sleep} from 'node:timers/promises'
import {inspect} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connect, SecretNotFoundError, type Secrets, withSecrets} from '../../src/sdk/index.ts'
import {succeed, type World, world} from '../world/world.ts'

const root = resolve(import.meta.dirname, '../..')
let w: World
let options: {url: string; token: string; ca: string}
beforeAll(async () => {
  w = await world()
  for (const [key, value] of [
    ['DB_PASSWORD', 'hunter2 & more'],
    ['API_KEY', 'k-123456'],
    ['SDK_TEST_EXPOSED', 'from the store'],
  ] as const)
    await succeed(w.cli(['secret', 'set', '--scope', 'app', key], {stdin: value}))
  await succeed(w.cli(['environment', 'create', 'app']))
  await succeed(w.cli(['environment', 'bind', 'app', '--scope', 'app']))
  const token = (await succeed(w.cli(['token', 'create', 'web', '--environment', 'app']))).stdout.trim()
  options = {url: w.server.url, token, ca: w.server.ca}
})
afterAll(() => w.close())

const env = () => ({...process.env})
const session = async (work: (secrets: Secrets) => Promise<void>) => withSecrets(work, options)

describe('a session', () => {
  test('gives values, and what is known of them', async () =>
    session(async (secrets) => {
      expect(await secrets.get('API_KEY')).toBe('k-123456')
      expect(await secrets.get(['DB_PASSWORD', 'API_KEY'])).toEqual(['hunter2 & more', 'k-123456'])
      expect(Buffer.from(await secrets.getBytes('API_KEY')).toString()).toBe('k-123456')
      expect(secrets.list()).toEqual(['API_KEY', 'DB_PASSWORD', 'SDK_TEST_EXPOSED'])
      expect([secrets.has('API_KEY'), secrets.has('NONE'), secrets.has('constructor')]).toEqual([true, false, false])
      expect(secrets.getMeta('API_KEY')).toEqual({
        scope: 'app',
        version: 1,
        source: 'postern',
        kind: 'secret',
        type: 'string',
      })
      expect(secrets.getMeta('NONE')).toBeUndefined()
    }))

  test('names all keys that are missing, and those that may be meant; never a value', async () =>
    session(async (secrets) => {
      const error = await secrets
        .get(['API_KEYS', 'API_KEY', 'DB_PASWORD', 'NOTHING_LIKE_IT'])
        .catch((thrown) => thrown)
      expect(error).toBeInstanceOf(SecretNotFoundError)
      expect(error.missing).toEqual(['API_KEYS', 'DB_PASWORD', 'NOTHING_LIKE_IT'])
      expect(error.nearest).toEqual(['API_KEY', 'DB_PASSWORD'])
      expect(inspect(error) + JSON.stringify(error)).not.toContain('hunter2')
    }))

  test('shows no value where it is printed', async () =>
    session(async (secrets) => {
      expect(inspect(secrets, {depth: 9, showHidden: true}) + JSON.stringify(secrets)).not.toMatch(/hunter2|k-123456/)
    }))

  test('touches nothing of the environment unless asked, and then undoes it', async () => {
    const before = env()
    process.env.SDK_TEST_EXPOSED = 'from before'
    await session(async (secrets) => {
      expect(process.env.API_KEY).toBeUndefined()
      await secrets.expose('API_KEY')
      await secrets.expose('SDK_TEST_EXPOSED')
      await secrets.expose('DB_PASSWORD', 'SDK_TEST_EXPOSED')
      expect([process.env.API_KEY, process.env.SDK_TEST_EXPOSED]).toEqual(['k-123456', 'hunter2 & more'])
    })
    expect(process.env.SDK_TEST_EXPOSED).toBe('from before')
    delete process.env.SDK_TEST_EXPOSED
    expect(env()).toEqual(before)
  })

  test('leaves what somebody else put there since', async () => {
    await session(async (secrets) => {
      await secrets.expose('API_KEY', 'SDK_TEST_EXPOSED')
      process.env.SDK_TEST_EXPOSED = 'of somebody else'
    })
    expect(process.env.SDK_TEST_EXPOSED).toBe('of somebody else')
    delete process.env.SDK_TEST_EXPOSED
  })

  test('writes files that are its owner’s alone, and removes them', async () => {
    let paths: string[] = []
    await session(async (secrets) => {
      paths = [
        await secrets.mountFile({sources: 'API_KEY'}),
        await secrets.mountFile({sources: ['API_KEY', 'DB_PASSWORD'], divider: '|', name: 'API_KEY', mode: 0o400}),
        await secrets.exposeFile('SDK_TEST_FILE', {sources: 'DB_PASSWORD', name: 'db.txt'}),
      ]
      expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual([
        'k-123456',
        'k-123456|hunter2 & more',
        'hunter2 & more',
      ])
      expect(paths.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o400, 0o600])
      expect(paths.map((path) => path.split('/').at(-1))).toEqual(['API_KEY', 'API_KEY-2', 'db.txt'])
      expect(new Set(paths.map((path) => path.replace(/\/[^/]*$/, ''))).size).toBe(1)
      expect(process.env.SDK_TEST_FILE).toBe(paths[2])
    })
    expect(paths.filter((path) => existsSync(path))).toEqual([])
    expect(process.env.SDK_TEST_FILE).toBeUndefined()
  })

  test('undoes it on an error, on a time-out, and by `await using`', async () => {
    let path = ''
    const open = async (secrets: Secrets) => {
      path = await secrets.mountFile({sources: 'API_KEY'})
      await secrets.expose('API_KEY')
    }
    const failing = session(async (secrets) => {
      await open(secrets)
      throw new Error('of the work')
    })
    await expect(failing).rejects.toThrow('of the work')
    expect([existsSync(path), process.env.API_KEY]).toEqual([false, undefined])

    const late = withSecrets(
      async (secrets) => {
        await open(secrets)
        await sleep(5000)
      },
      {...options, timeout: 200},
    )
    await expect(late).rejects.toMatchObject({code: 'request_timeout'})
    expect([existsSync(path), process.env.API_KEY]).toEqual([false, undefined])

    {
      await using secrets = await connect(options)
      await open(secrets)
      expect(existsSync(path)).toBe(true)
    }
    expect([existsSync(path), process.env.API_KEY]).toEqual([false, undefined])
  })

  test('gives nothing once it has ended', async () => {
    const secrets = await connect(options)
    await secrets.close()
    await secrets.close()
    await expect(secrets.get('API_KEY')).rejects.toThrow('ended')
    expect([secrets.has('API_KEY'), secrets.list()]).toEqual([false, []])
  })

  test('masks what is written through it', async () =>
    session(async (secrets) => {
      const to = new PassThrough()
      const through = secrets.mask(to)
      through.write('the key is k-12')
      through.end('3456, yes')
      expect(await text(to)).toBe('the key is ***, yes')
    }))

  test('gets what has changed when it asks again', async () =>
    session(async (secrets) => {
      expect(await secrets.refresh()).toBe(false)
      await succeed(w.cli(['secret', 'set', '--scope', 'app', 'API_KEY'], {stdin: 'k-another'}))
      expect(await secrets.get('API_KEY')).toBe('k-123456')
      expect(await secrets.refresh()).toBe(true)
      expect(await secrets.get('API_KEY')).toBe('k-another')
      await succeed(w.cli(['secret', 'set', '--scope', 'app', 'API_KEY'], {stdin: 'k-123456'}))
    }))

  test('of some keys, or some scopes, has no others', async () => {
    for (const narrow of [{only: ['API_*']}, {scopes: ['elsewhere']}]) {
      const secrets = await connect({...options, ...narrow})
      expect(secrets.list()).toEqual('only' in narrow ? ['API_KEY'] : [])
      await secrets.close()
    }
  })
})

describe('it does not connect', () => {
  test.each<[string, object, string]>([
    ['without a server', {url: ''}, 'not_signed_in'],
    ['to what is no server', {url: 'https://x/y'}, 'usage'],
    ['in the clear', {url: 'http://example.com'}, 'usage'],
    ['as nobody', {token: ''}, 'not_signed_in'],
    ['as who may administer', {token: 'admin'}, 'not_signed_in'],
    ['to a server that is not trusted', {ca: undefined}, 'untrusted'],
    ['where nobody answers', {url: 'https://127.0.0.1:1'}, 'unreachable'],
  ])('%s', async (_, other, code) => {
    const given = {...options, ...other}
    if (given.token === 'admin') given.token = w.token
    await expect(connect(given)).rejects.toMatchObject({name: 'PosternError', code})
  })
})

describe('as it is installed', () => {
  const inApp = (script: string, settings: Record<string, string> = {}) => {
    const app = join(w.folder, 'app')
    mkdirSync(join(app, 'node_modules/postern'), {recursive: true})
    if (!existsSync(join(app, 'node_modules/postern/package.json'))) {
      const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', app, '--silent'], {
        cwd: root,
        encoding: 'utf8',
      })
      execFileSync('tar', [
        '-xzf',
        join(app, packed.trim().split('\n').at(-1)!),
        '-C',
        join(app, 'node_modules/postern'),
        '--strip-components=1',
      ])
    }
    writeFileSync(join(app, 'app.mjs'), script)
    const {url, token} = options
    return {
      app,
      env: {
        ...process.env,
        POSTERN_URL: url,
        POSTERN_TOKEN: token,
        POSTERN_CA_FILE: join(w.server.data, 'tls/ca.crt'),
        ...settings,
      },
    }
  }

  test('it needs no package, and takes its settings from the environment', () => {
    const {app, env: settings} = inApp(`import {connect} from 'postern/sdk'
      const secrets = await connect(); console.log(await secrets.get('DB_PASSWORD')); await secrets.close()`)
    const ran = spawnSync(process.execPath, ['app.mjs'], {cwd: app, env: settings, encoding: 'utf8'})
    expect([ran.stdout, ran.stderr]).toEqual(['hunter2 & more\n', ''])
  }, 60_000)

  test('files and variables are undone when the process ends, or a signal ends it', async () => {
    for (const [end, signal] of [
      ['process.exit(3)', null],
      ['throw new Error()', null],
      ['setInterval(() => {}, 1000)', 'SIGTERM'],
    ] as const) {
      const {app, env: settings} = inApp(`import {connect} from 'postern/sdk'
        const secrets = await connect(); console.log(await secrets.mountFile({sources: 'API_KEY'})); ${end}`)
      const child = spawn(process.execPath, ['app.mjs'], {cwd: app, env: settings, stdio: ['ignore', 'pipe', 'ignore']})
      const path = await new Promise<string>((said) => child.stdout.once('data', (part) => said(String(part).trim())))
      if (signal !== null) child.kill(signal)
      const ended = await new Promise((done) => child.once('close', (code, by) => done(by ?? code)))
      expect(ended).toBe(signal ?? (end.includes('exit') ? 3 : 1))
      expect(existsSync(path)).toBe(false)
    }
  }, 60_000)

  test('its types complete keys once a file names them', () => {
    const {app} = inApp('')
    writeFileSync(
      join(app, 'secrets.d.ts'),
      `import 'postern/sdk'\ndeclare module 'postern/sdk' { interface PosternSecrets { API_KEY: string } }\n`,
    )
    writeFileSync(
      join(app, 'right.ts'),
      `import {connect} from 'postern/sdk'\nawait using s = await connect()\nconst v: string = await s.get('API_KEY')\nconst [a] = await s.get(['API_KEY'])\nconsole.log(v, a, s.getMeta('API_KEY')?.version)\n`,
    )
    writeFileSync(
      join(app, 'wrong.ts'),
      `import {connect} from 'postern/sdk'\nawait (await connect()).get('API_KEYS')\n`,
    )
    const tsc = (file: string) =>
      spawnSync(
        process.execPath,
        [
          join(root, 'node_modules/typescript/bin/tsc'),
          '--noEmit',
          '--strict',
          '--target',
          'esnext',
          '--module',
          'nodenext',
          '--skipLibCheck',
          'false',
          '--types',
          'node',
          '--typeRoots',
          join(root, 'node_modules/@types'),
          'secrets.d.ts',
          file,
        ],
        {cwd: app, encoding: 'utf8'},
      )
    writeFileSync(join(app, 'package.json'), '{"type":"module"}')
    expect(tsc('right.ts').stdout).toBe('')
    expect(tsc('wrong.ts').stdout).toMatch(/^wrong\.ts\(2,[\s\S]*"API_KEYS"/)
  }, 60_000)
})
