import {spawn} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {filesOf} from '../world/database.ts'
import {homeEnv, program} from '../world/program.ts'
import {type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w.close())

const json = async (argv: string[], stdin?: string) => {
  const {code, stdout} = await w.cli([...argv, '--json'], stdin === undefined ? {} : {stdin})
  return {code, ...JSON.parse(stdout)}
}
const keys = (list: {items: {key: string}[]}) => list.items.map((item) => item.key)

describe.each(['secret', 'variable'])('%s', (noun) => {
  const set = (flags: string[], stdin: string) => w.cli([noun, 'set', '--scope', `${noun}/e2e`, ...flags], {stdin})

  test('set says in one line what it wrote, or that nothing changed', async () => {
    expect(await set(['LINE'], 'hunter2\n')).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(
          String.raw`^Set LINE in ${noun}/e2e: version 1, 7 bytes, 20\S+Z \(a trailing newline was dropped\)\n$`,
        ),
      ),
      stderr: '',
    })
    const again = await set(['LINE'], 'hunter2')
    expect(again.stdout).toMatch(
      /^Nothing changed: LINE in \S+ has this value already, version 1, 7 bytes, since \S+\n$/,
    )
    expect((await set(['LINE'], 'other')).stdout).toMatch(/version 2, 5 bytes/)
  })

  test.each<[string, number, string[]]>([
    ['must not exist, and does not', 0, ['VERSION', '--expect-version', '0']],
    ['must not exist, and does', 6, ['VERSION', '--expect-version', '0']],
    ['is at the expected version', 0, ['VERSION', '--expect-version', '1']],
    ['is beyond it', 6, ['VERSION', '--expect-version', '1']],
    ['is before it', 6, ['VERSION', '--expect-version', '9']],
  ])('--expect-version when it %s', async (name, code, flags) => {
    const ran = await set(flags, `value ${name}`)
    expect(ran.code).toBe(code)
    if (code !== 0) expect(ran.stderr).toMatch(/^Error: .+\n(Next: .+\n)?Request id: \S+\n$/)
  })

  test('--binary stores bytes that are no text', async () => {
    const argv = [noun, 'set', '--scope', `${noun}/e2e`, 'BINARY', '--binary', '--json']
    const {code, stdout} = await w.cli(argv, {stdin: Buffer.from([0xff, 0, 0x0a])})
    expect({code, ...JSON.parse(stdout)}).toMatchObject({code: 0, length: 3, newlineDropped: false})
  })

  test('list shows what was set, and no value', async () => {
    for (const key of ['A', 'B']) await w.cli([noun, 'set', '--scope', `${noun}/list`, key], {stdin: 'hunter2'})
    const listed = await w.cli([noun, 'list', '--scope', `${noun}/list`])
    expect(listed.stdout.split('\n').map((line) => line.split('\t').slice(0, 4).join(' '))).toEqual([
      `${noun}/list A 1 7`,
      `${noun}/list B 1 7`,
      '',
    ])
    expect(await json([noun, 'list', '--scope', `${noun}/none`])).toEqual({code: 0, items: []})
  })

  test('delete needs --yes without a terminal, asks the server with --dry-run, and then what is gone is exit 5', async () => {
    const scope = `${noun}/delete`
    await w.cli([noun, 'set', '--scope', scope, 'KEY'], {stdin: 'x'})
    const left = async () => keys(await json([noun, 'list', '--scope', scope]))
    const remove = (...flags: string[]) => json([noun, 'delete', '--scope', scope, 'KEY', ...flags])

    expect(await remove()).toMatchObject({code: 2, error: {code: 'usage', next: expect.stringContaining('--yes')}})
    expect(await remove('--dry-run')).toMatchObject({code: 0, dryRun: true, version: 1})
    expect(await left()).toEqual(['KEY'])
    expect(await remove('--yes')).toMatchObject({code: 0, version: 1})
    expect(await left()).toEqual([])
    const gone = {code: 5, error: {code: 'not_found', requestId: expect.any(String)}}
    expect(await remove('--yes')).toMatchObject(gone)
    expect(await remove('--dry-run')).toMatchObject(gone)
  })

  test('a mismatch of the fingerprint writes nothing', async () => {
    const ran = await set(['FINGERPRINT', '--confirm-fingerprint', 'ab'.repeat(32)], 'hunter2')
    expect(ran.code).toBe(7)
    expect(keys(await json([noun, 'list', '--scope', `${noun}/e2e`]))).not.toContain('FINGERPRINT')
  })

  test('--dry-run asks nobody: no profile, no server, no home', async () => {
    const env = {HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent', POSTERN_URL: 'https://127.0.0.1:1'}
    const {code, stdout} = await w.cli([noun, 'set', '--scope', 's', 'KEY', '--dry-run'], {env, stdin: 'x'})
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^\[dry-run\] would set KEY in scope s sha256=2d711642\w+\n$/),
    ])
  })
})

test('a variable is locked, stays so, and is unlocked', async () => {
  const set = (...flags: string[]) => json(['variable', 'set', '--scope', 'lock', 'KEY', ...flags], 'x')
  expect(await set('--locked')).toMatchObject({locked: true, version: 1})
  expect(await json(['variable', 'set', '--scope', 'lock', 'KEY'], 'y')).toMatchObject({locked: true, version: 2})
  expect((await w.cli(['variable', 'list', '--scope', 'lock'])).stdout).toContain('\tlocked\t')
  expect(await set('--unlock')).toMatchObject({locked: false})
  expect(await set('--locked', '--unlock')).toMatchObject({code: 2})
})

test.each(['plain', 'two\nlines\n', '\u{1F510}\uFEFF', ' '])(
  'variable get gives the exact bytes of %j',
  async (value) => {
    await w.cli(['variable', 'set', '--scope', 'get', 'KEY', '--no-trim'], {stdin: value})
    expect(await w.cli(['variable', 'get', '--scope', 'get', 'KEY'])).toEqual({code: 0, stdout: value, stderr: ''})
  },
)

test('a declared secret is missing until it is set', async () => {
  const declare = () => w.cli(['secret', 'declare', '--scope', 'declared', 'KEY'])
  const missing = async () => keys(await json(['secret', 'list', '--scope', 'declared', '--missing']))
  expect((await declare()).stdout).toBe('Declared KEY in declared\n')
  expect((await declare()).stdout).toMatch(/^Nothing changed: KEY in declared/)
  expect(await missing()).toEqual(['KEY'])
  await w.cli(['secret', 'set', '--scope', 'declared', 'KEY'], {stdin: 'x'})
  expect(await missing()).toEqual([])
})

test('scope list counts what each scope holds', async () => {
  for (const [noun, key] of [
    ['secret', 'A'],
    ['secret', 'B'],
    ['variable', 'A'],
  ] as const)
    await w.cli([noun, 'set', '--scope', 'counted/here', key], {stdin: 'x'})
  expect((await w.cli(['scope', 'list'])).stdout).toContain('counted/here\t2\t1\n')
})

test('a reader that goes away early ends it quietly', async () => {
  const code = await new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, 'scope', 'list', '--json'], {env: homeEnv(w.home), stdio: 'pipe'})
    let stderr = ''
    child.stdout.destroy()
    child.stderr.on('data', (part) => {
      stderr += part
    })
    child.on('error', fail).on('close', (status) => done(`${status}${stderr}`))
  })
  expect(code).toBe('0')
})

test('what is typed wrongly writes nothing and is not repeated', async () => {
  const before = await json(['scope', 'list'])
  for (const argv of [
    ['secret', 'set', '--scope', 's', 'KEY', 'hunter2'],
    ['secret', 'KEY', 'hunter2'],
    ['secret', 'set', '--scope', 's', 'KEY=hunter2'],
    ['secret', 'set', '--scope', 's', '--prompt=hunter2', 'KEY'],
    ['secret', 'set', '--scope', 's', 'KEY', '--vlaue', 'hunter2'],
    ['secret', 'set', '--scope', 's', 'KEY', '--vlaue=hunter2'],
  ]) {
    for (const more of [[], ['--json']]) {
      const ran = await w.cli([...argv, ...more], {env: {DEBUG: '*'}, stdin: 'hunter2'})
      expect([argv, ran.code]).toEqual([argv, 2])
      expect(ran.stdout + ran.stderr).not.toContain('hunter2')
      expect(ran.stdout + ran.stderr).toMatch(/postern secret set|postern secret has no such command\. It has: .*set/)
    }
  }
  expect(await json(['scope', 'list'])).toEqual(before)
  for (const file of await filesOf(w.server.data)) expect(readFileSync(file).includes('hunter2'), file).toBe(false)
})
