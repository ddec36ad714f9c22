import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {type Ran, run} from '../world/program.ts'
import {succeed, type World, world} from '../world/world.ts'

let w: World
let token: string
beforeAll(async () => {
  w = await world()
  for (const [key, value] of [
    ['API_KEY', 'k-123456'],
    ['VITE_TITLE', 'title'],
    ['DB_PASSWORD', 'hunter2'],
  ] as const)
    await succeed(w.cli(['secret', 'set', '--scope', 'app/prod', key], {stdin: value}))
  await succeed(w.cli(['secret', 'set', '--scope', 'app/prod', 'LOGIN', '--field-env', 'user=U'], {env: {U: 'ann'}}))
  await succeed(w.cli(['secret', 'declare', '--scope', 'app/prod', 'LATER']))
  await succeed(w.cli(['environment', 'create', 'app']))
  await succeed(w.cli(['environment', 'bind', 'app', '--scope', 'app/**']))
  token = (await succeed(w.cli(['token', 'create', 'web', '--environment', 'app']))).stdout.trim()
})
afterAll(() => w.close())

let root: string
let made = 0
beforeEach(() => {
  made += 1
  root = join(w.folder, `project-${made}`)
  mkdirSync(join(root, 'apps/web/src'), {recursive: true})
})
const project = (text: object | string, at = root) =>
  writeFileSync(join(at, 'postern.json'), typeof text === 'string' ? text : JSON.stringify(text))
const inside = (folder: string, argv: string[], options: Parameters<World['cli']>[1] = {}): Promise<Ran> =>
  w.cli(argv, {...options, cwd: join(root, folder)})
const asWorkload = (argv: string[]) =>
  run(argv, join(w.folder, 'nobody'), {
    cwd: root,
    env: {POSTERN_URL: w.server.url, POSTERN_TOKEN: token, POSTERN_CA_FILE: join(w.server.data, 'tls/ca.crt')},
  })

const whole = {
  organization: 'default',
  environment: 'app',
  scopes: {'.': 'app/prod', 'apps/web': 'app/web'},
  components: {web: {folder: 'apps/web', only: ['VITE_*']}},
}
const keys = ['--', 'sh', '-c', 'echo "${API_KEY:-no} ${VITE_TITLE:-no}"']

describe('postern.json', () => {
  test('says what run needs, here and below, and run says which file it took', async () => {
    project(whole)
    const ran = await succeed(inside('apps', ['run', ...keys]))
    expect(ran.stdout).toBe('k-123456 title\n')
    expect(ran.stderr).toContain(`Using ${join(root, 'postern.json')}: environment app.\n`)
  })

  test('gives a component less, by the folder or by its name', async () => {
    project(whole)
    const web = await succeed(inside('apps/web/src', ['run', ...keys]))
    expect([web.stdout, web.stderr]).toEqual(['no title\n', expect.stringContaining('environment app, component web.')])
    expect((await succeed(inside('.', ['run', '--component', 'web', ...keys]))).stdout).toBe('no title\n')
    const none = await inside('.', ['run', '--component', 'api', ...keys])
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/no component of this name.*\nNext: It has web/),
    ])
  })

  test('says the scope of a folder, for commands that take one', async () => {
    project(whole)
    const ran = await succeed(inside('apps/web', ['secret', 'set', 'OF_WEB'], {stdin: 'x'}))
    expect([ran.stdout, ran.stderr]).toEqual([
      expect.stringMatching(/^Set OF_WEB in app\/web/),
      expect.stringContaining('scope app/web.'),
    ])
    expect((await succeed(inside('.', ['secret', 'delete', '--scope', 'app/web', 'OF_WEB', '--yes']))).stderr).toBe('')
    expect((await w.cli(['secret', 'set', 'NOWHERE'], {stdin: 'x'})).code).toBe(2)
  })

  test('gives way to what is typed', async () => {
    project(whole)
    const ran = await succeed(inside('apps/web', ['run', '--environment', 'app', '--only', 'API_*', ...keys]))
    expect([ran.stdout, ran.stderr]).toEqual(['k-123456 no\n', ''])
  })

  test.each<[string, object | string, RegExp]>([
    ['what is no JSON', '{"environment": "app",\n "x" 1}', /is no JSON: line 2/],
    ['a server', {url: 'https://elsewhere.example'}, /no field url\.\nNext: It names no server/],
    ['a token', {token: 'x'}, /no field token/],
    [
      'a field that is not right',
      {components: {web: {only: ['a b']}}},
      /its field components\.web\.only\.0 is not right/,
    ],
    ['a folder outside', {scopes: {'../other': 'x'}}, /does not fit/],
  ])('with %s is refused, by its file and place', async (_, text, said) => {
    project(text)
    const ran = await inside('.', ['run', ...keys])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(said)])
    expect(ran.stderr).toContain(join(root, 'postern.json'))
    expect(ran.stderr).not.toContain('elsewhere.example')
  })

  test.each<[string, (path: string) => void, RegExp]>([
    ['of another user', (path) => chownSync(path, 12_345, 12_345), /belongs to another user/],
    ['that everybody can write', (path) => chmodSync(path, 0o666), /written by everybody/],
    ['in a folder that everybody can write', (path) => chmodSync(join(path, '..'), 0o777), /its folder can be written/],
    [
      'that leads to another user’s',
      (path) => {
        const other = join(root, 'other.json')
        writeFileSync(other, JSON.stringify(whole))
        chownSync(other, 12_345, 12_345)
        writeFileSync(path, '')
        execRemove(path)
        symlinkSync(other, path)
      },
      /belongs to another user/,
    ],
  ])('%s is not taken, and that is said', async (_, change, said) => {
    project(whole)
    change(join(root, 'postern.json'))
    const ran = await inside('.', ['run', ...keys])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(said)])
  })

  test('is not looked for above the home', async () => {
    project(whole, w.folder)
    const home = join(w.folder, 'project-home')
    mkdirSync(home, {recursive: true})
    const ran = await run(['run', ...keys], home, {cwd: home, env: {POSTERN_URL: w.server.url, POSTERN_TOKEN: w.token}})
    expect(ran.stderr).not.toContain('postern.json:')
    execRemove(join(w.folder, 'postern.json'))
  })
})

const execRemove = (path: string) => {
  if (existsSync(path)) rmSync(path)
}

describe('inject', () => {
  const fill = (text: string, out = 'app.conf', more: string[] = []) => {
    writeFileSync(join(root, 'app.conf.tpl'), text)
    return inside('.', ['inject', '--environment', 'app', '-i', 'app.conf.tpl', '-o', out, ...more])
  }

  test('fills keys, scopes and fields in a file of its owner’s alone, and leaves the rest', async () => {
    await succeed(fill('key=${secret.API_KEY}\nuser=${secret.app/prod/LOGIN.user}\nhome=${HOME} $${secret.x}\n'))
    expect(readFileSync(join(root, 'app.conf'), 'utf8')).toBe('key=k-123456\nuser=ann\nhome=${HOME} ${secret.x}\n')
    expect(statSync(join(root, 'app.conf')).mode & 0o777).toBe(0o600)
    expect((await succeed(fill('<${secret.API_KEY}>', '-'))).stdout).toBe('<k-123456>')
  })

  test('refers by number to what was renamed since', async () => {
    const {id} = JSON.parse(
      (await succeed(w.cli(['secret', 'references', 'LOGIN', '--scope', 'app/prod', '--json']))).stdout,
    )
    const template = `user=\${secret.id:${id}.user}`
    expect((await succeed(fill(template, '-'))).stdout).toBe('user=ann')
    await succeed(w.cli(['secret', 'move', 'LOGIN', '--scope', 'app/prod', '--to', 'app/moved']))
    expect((await succeed(fill(template, '-'))).stdout).toBe('user=ann')
    await succeed(w.cli(['secret', 'move', 'LOGIN', '--scope', 'app/moved', '--to', 'app/prod']))
    expect((await fill('\n${secret.id:999999}', '-')).stderr).toMatch(/line 2: \$\{secret\.id:999999\} is not given/)
  })

  test('names the line of each reference that it cannot fill, and writes nothing', async () => {
    const ran = await fill(
      'a=${secret.NONE}\nb=${secret.API_KEY.field}\nc=${secret.elsewhere/API_KEY}\nd=${secret.API_KEY}',
    )
    expect(ran.code).toBe(5)
    expect(ran.stderr).toMatch(
      /line 1: \$\{secret\.NONE\} is not given\n {2}line 2: .*no such field\n {2}line 3: .*from the scope app\/prod/,
    )
    expect(ran.stderr).not.toContain('k-123456')
    expect(readdirSync(root)).not.toContain('app.conf')
    expect((await fill('${secret.')).code).toBe(2)
  })

  test('does not replace its template', async () => {
    const ran = await fill('${secret.API_KEY}', './app.conf.tpl')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(/template would be replaced/)])
    expect(readFileSync(join(root, 'app.conf.tpl'), 'utf8')).toBe('${secret.API_KEY}')
  })
})

describe('check', () => {
  const check = (text: string, as: 'person' | 'workload' = 'person', more: string[] = []) => {
    writeFileSync(join(root, 'example'), text)
    const argv = [
      'check',
      ...(as === 'person' ? ['--environment', 'app'] : []),
      '--example',
      join(root, 'example'),
      ...more,
    ]
    return as === 'person' ? w.cli(argv) : asWorkload(argv)
  }
  const example = '# needs\nAPI_KEY=\nexport DB_PASSWORD="x"\n\nNONE=1\nLATER\n'

  test.each(['person', 'workload'] as const)('names what is lacking to a %s, and ends with 1', async (as) => {
    const ran = await check(example, as)
    expect([ran.code, ran.stdout]).toEqual([1, 'LATER (declared, without a value)\nNONE\n'])
    expect((await check('API_KEY=\nDB_PASSWORD', as)).code).toBe(0)
  })

  test('reads no value for who is signed in', async () => {
    const reads = async () =>
      (await succeed(w.cli(['audit', 'list', '--operation', 'environments.resolve', '--json']))).stdout
    const before = await reads()
    await check(example)
    expect(await reads()).toBe(before)
  })

  test('says it in JSON, and repeats no line that declares nothing', async () => {
    const ran = await check(example, 'person', ['--json'])
    expect(JSON.parse(ran.stdout)).toMatchObject({environment: 'app', declared: 4, missing: ['LATER', 'NONE']})
    const wrong = await check('API_KEY=\nhunter2 secret\n')
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^Error: Line 2 of --example/)])
    expect(wrong.stderr).not.toContain('hunter2')
  })
})

test('types writes the keys for the SDK, and says when they are no longer right', async () => {
  project(whole)
  const types = (...more: string[]) => inside('.', ['types', '--out', 'secrets.d.ts', ...more])
  expect((await types('--check')).code).toBe(1)
  await succeed(types())
  expect(readFileSync(join(root, 'secrets.d.ts'), 'utf8')).toMatch(
    /declare module 'postern\/sdk' \{\n {2}interface PosternSecrets \{\n {4}API_KEY: string\n {4}DB_PASSWORD: string\n {4}LATER: string\n/,
  )
  expect((await types('--check')).code).toBe(0)
  writeFileSync(join(root, 'secrets.d.ts'), '')
  expect((await types('--check')).code).toBe(1)
})
