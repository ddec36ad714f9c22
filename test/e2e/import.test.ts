import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {MAX_CANDIDATES} from '../../src/contract/limits.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

let scope = ''
let scopes = 0
/** A token of its own, so that what one test compares is not counted against another. */
let token: string
beforeEach(async () => {
  scopes += 1
  scope = `import/${scopes}`
  token = await w.tokenOf('writer')
})

const cli = (argv: readonly string[], stdin = '') =>
  w.cli(argv, {
    stdin,
    env: {POSTERN_TOKEN: token, POSTERN_URL: w.server.url, POSTERN_CA_FILE: join(w.folder, 'data/tls/ca.crt')},
  })
const bring = (content: string, ...flags: string[]) =>
  cli(['secret', 'import', '--scope', scope, '--file', '-', '--yes', ...flags], content)
const set = (key: string, value: string) => w.put('secret', scope, key, value)
const stored = async () => {
  const {stdout} = await succeed(w.cli(['secret', 'list', '--scope', scope, '--json']))
  return Object.fromEntries(
    JSON.parse(stdout).items.map(({key, version}: {key: string; version: number}) => [key, version]),
  )
}
/** What is stored, as a workload reads it. */
const readings = async () => {
  const name = `env-${scopes}`
  await succeed(w.cli(['environment', 'create', name]))
  await succeed(w.cli(['environment', 'bind', name, '--scope', scope]))
  const reader = (await succeed(w.cli(['token', 'create', name, '--environment', name]))).stdout.trim()
  const {json} = await asToken(w.server, reader, 'workloadResolve', {})
  return Object.fromEntries(json.items.map(({key, value}) => [key, value.data]))
}
const logged = async (operation: string) => {
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {operation, limit: 20}})
  return json.entries.map(({canonical}) => JSON.parse(canonical)).filter(({target}) => target.scope === scope)
}

describe('secret import', () => {
  test('brings a .env in, and the same again changes nothing', async () => {
    const {stdout} = await succeed(bring('A=x\r\nexport B="a\\nb"\nC=\'#\'\n'))
    expect(stdout).toBe(`Imported into ${scope}: 3 set.\n`)
    expect(await readings()).toEqual({A: 'x', B: 'a\nb', C: '#'})
    expect((await succeed(bring('A=x\nB="a\\nb"\nC=y'))).stdout).toBe(`Imported into ${scope}: 1 set, 2 the same.\n`)
    expect(await stored()).toEqual({A: 1, B: 1, C: 2})
  })

  test('brings in what sops prints', async () => {
    await succeed(bring('DB_PASSWORD: hunter2\nPORT: 5432\n'))
    await succeed(bring('{"API_KEY": "k-1"}'))
    expect(await readings()).toEqual({API_KEY: 'k-1', DB_PASSWORD: 'hunter2', PORT: '5432'})
  })

  test('with --dry-run says what would change, and changes nothing', async () => {
    await set('SAME', 'x')
    await set('OTHER', 'old')
    await set('GONE', 'y')
    const {stdout} = await succeed(bring('SAME=x\nOTHER=new\nNEW=z', '--dry-run'))
    expect(stdout.split('\n')).toEqual([
      `[dry-run] would change ${scope}:`,
      'change\tOTHER\tversion 1',
      'add\tNEW\t',
      'only in the scope\tGONE\tversion 1',
      '1 to add, 1 to change, 1 the same, 1 only in the scope, which stay.',
      '',
    ])
    const pruned = await succeed(bring('SAME=x\nOTHER=new\nNEW=z', '--dry-run', '--prune'))
    expect(pruned.stdout).toContain('delete\tGONE\tversion 1\n')
    expect(await stored()).toEqual({GONE: 1, OTHER: 1, SAME: 1})
  })

  test('with --prune deletes what the file does not have, in the same step, and the log says so', async () => {
    await set('GONE', 'y')
    await succeed(w.cli(['secret', 'declare', '--scope', scope, 'DECLARED']))
    const {stdout} = await succeed(bring('NEW=z', '--prune'))
    expect(stdout).toBe(`Imported into ${scope}: 1 set, 2 deleted.\n`)
    expect(await stored()).toEqual({NEW: 1})
    expect((await logged('secrets.import')).map(({target, outcome, reason}) => [target.name, outcome, reason])).toEqual(
      expect.arrayContaining([
        ['NEW', 'done', null],
        ['GONE', 'done', 'deleted: the file does not have it'],
        ['DECLARED', 'done', 'deleted: the file does not have it'],
      ]),
    )
    await succeed(w.cli(['secret', 'restore', '--scope', scope, 'GONE']))
    expect((await readings()).GONE).toBe('y')
  })

  test('with --prune warns of what others refer to', async () => {
    await set('GONE', 'y')
    await succeed(
      w.cli(['secret', 'set', '--scope', `${scope}/user`, 'USER', '--reference', `\${secret.${scope}/GONE}`]),
    )
    const warned = new RegExp(
      `What refers to GONE cannot be resolved without it: postern secret references --scope ${scope} GONE`,
    )
    const flat = ({stderr}: {stderr: string}) => stderr.replace(/\s+(?:›\s+)?/g, ' ')
    expect(flat(await succeed(bring('NEW=x', '--prune', '--dry-run')))).toMatch(warned)
    expect(flat(await succeed(bring('NEW=x', '--prune')))).toMatch(warned)
  })

  test('fills what was declared', async () => {
    await succeed(w.cli(['secret', 'declare', '--scope', scope, 'A']))
    expect((await succeed(bring('A=x', '--dry-run'))).stdout).toContain('add\tA\t\n')
    await succeed(bring('A=x'))
    expect(await stored()).toEqual({A: 1})
  })

  test('takes all or nothing: a wrong line is named by its number, and no line is repeated', async () => {
    const {code, stdout, stderr} = await bring('A=x\nhunter2\nB="hunter2\n')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/line 2 is no KEY=value; line 3 has a quote that does not end/)
    expect(stderr).not.toContain('hunter2')
    expect(await stored()).toEqual({})
  })

  test('without a terminal and --yes writes nothing, and says so', async () => {
    const {code, stderr} = await cli(['secret', 'import', '--scope', scope, '--file', '-'], 'A=x')
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')])
    expect(await stored()).toEqual({})
  })

  test('of a file that is not there, or a folder, says which is wrong', async () => {
    mkdirSync(join(w.folder, 'empty'), {recursive: true})
    for (const [file, said] of [
      [join(w.folder, 'none.env'), /ENOENT/],
      [join(w.folder, 'empty'), /EISDIR/],
    ] as const) {
      const {code, stderr} = await cli(['secret', 'import', '--scope', scope, '--file', file, '--yes'])
      expect([code, stderr]).toEqual([2, expect.stringMatching(said)])
    }
  })

  test('on a terminal shows what would change, and asks: no changes nothing, yes goes ahead', async () => {
    await set('A', 'old')
    const file = join(w.folder, 'asked.env')
    writeFileSync(file, 'A=new\nB=x\n')
    const argv = ['secret', 'import', '--scope', scope, '--file', file]
    const question = /Go ahead\?/
    const shown = /change\s+A\s+version 1[\s\S]*add\s+B[\s\S]*1 to add, 1 to change/
    const refused = await onTerminal(argv, w.home, [{at: question, type: 'n\r'}])
    expect([refused.code, refused.screen]).toEqual([1, expect.stringMatching(shown)])
    expect(await stored()).toEqual({A: 1})
    expect((await onTerminal(argv, w.home, [{at: question, type: 'y\r'}])).code).toBe(0)
    expect(await stored()).toEqual({A: 2, B: 1})
  })

  test('leaves no value in output, log or audit', async () => {
    const canary = newCanary()
    writeFileSync(join(w.folder, 'canary.env'), `A=${canary}\nB="${canary}"\n`)
    const argv = ['--scope', scope, '--file', join(w.folder, 'canary.env')]
    const said = [
      await succeed(cli(['secret', 'diff', ...argv])),
      await succeed(cli(['secret', 'import', ...argv, '--dry-run', '--json'])),
      await succeed(cli(['secret', 'import', ...argv, '--yes', '--json'])),
      await succeed(cli(['secret', 'diff', ...argv, '--json'])),
    ]
    expect(leaksIn(said.map(({stdout, stderr}) => stdout + stderr).join(), canary)).toEqual([])
    expect(leaksIn(w.server.output(), canary)).toEqual([])
    expect(leaksIn(JSON.stringify(await contentOf(join(w.folder, 'data'), AUDIT_TABLES)), canary)).toEqual([])
  })
})

describe('the server', () => {
  const value = {encoding: 'utf8' as const, data: 'x'}
  const ask = (body: object, as = token) => asToken(w.server, as, 'secretsImport', {body: body as never})

  test.each<[string, () => object, string]>([
    ['a name twice', () => ({items: [{scope, key: 'A', value}], remove: [{scope, key: 'A'}]}), 'malformed'],
    ['nothing', () => ({items: []}), 'malformed'],
    [
      'another version than was shown',
      () => ({items: [{scope, key: 'A', value, expectVersion: 1}]}),
      'version_conflict',
    ],
    [
      'to delete what is not there',
      () => ({items: [{scope, key: 'A', value}], remove: [{scope, key: 'B'}]}),
      'version_conflict',
    ],
    [
      'to delete another version',
      () => ({items: [{scope, key: 'A', value}], remove: [{scope, key: 'STORED', expectVersion: 2}]}),
      'version_conflict',
    ],
    [
      'a value that is refused, beside what it would delete',
      () => ({items: [{scope, key: 'A', value: {encoding: 'base64', data: '!'}}], remove: [{scope, key: 'STORED'}]}),
      'value_refused',
    ],
  ])('refuses %s, and nothing is written', async (_, body, code) => {
    await set('STORED', 'x')
    expect((await ask(body())).json).toMatchObject({code})
    expect(await stored()).toEqual({STORED: 1})
  })

  test('deletes for nobody who may not delete', async () => {
    await set('STORED', 'x')
    await succeed(w.cli(['role', 'create', `adder-${scopes}`, '--permission', 'secrets.write']))
    const adder = await w.tokenOf(`adder-${scopes}`)
    const body = {items: [{scope, key: 'A', value}]}
    expect((await ask({...body, remove: [{scope, key: 'STORED'}]}, adder)).json).toMatchObject({code: 'forbidden'})
    expect((await ask(body, adder)).status).toBe(200)
    expect(await stored()).toEqual({A: 1, STORED: 1})
  })

  test('keeps a bound credential to its scopes, in what it sets, deletes and compares', async () => {
    const bound = await w.tokenOf('writer', 'elsewhere/**')
    const other = {items: [{scope: 'elsewhere/a', key: 'A', value}], remove: [{scope, key: 'B'}]}
    expect((await ask(other, bound)).json).toMatchObject({code: 'forbidden'})
    const sha256 = '0'.repeat(64)
    const diff = await asToken(w.server, bound, 'secretsDiff', {query: {scope}, body: {items: [{key: 'A', sha256}]}})
    expect(diff.json).toMatchObject({code: 'forbidden'})
  })
})

describe('secret diff', () => {
  test('says what is the same, different or absent, and --check exits 1', async () => {
    await set('SAME', 'x')
    await set('OTHER', 'old')
    const diff = (content: string, ...flags: string[]) =>
      cli(['secret', 'diff', '--scope', scope, '--file', '-', ...flags], content)
    const {stdout} = await succeed(diff('SAME=x\nOTHER=new\nNEW=z'))
    expect(stdout).toBe('change\tOTHER\tversion 1\nadd\tNEW\t\n1 to add, 1 to change, 1 the same.\n')
    expect((await diff('SAME=x\nOTHER=new', '--check')).code).toBe(1)
    expect((await diff('SAME=x\nOTHER=old', '--check')).code).toBe(0)
  })

  test('is in the audit log, and counts as a reading of no name', async () => {
    await set('A', 'x')
    await succeed(cli(['secret', 'diff', '--scope', scope, '--file', '-'], 'A=y'))
    expect(await logged('secrets.diff')).toMatchObject([{target: {kind: 'scope', scope}, outcome: 'disclosed'}])
    const {stdout} = await succeed(w.cli(['secret', 'describe', '--scope', scope, 'A', '--json']))
    expect(JSON.parse(stdout).lastReadAt).toBeNull()
  })

  test('is answered ten times a minute, since it tells whether a guess is right', async () => {
    await set('A', 'x')
    const ask = async () => {
      const body = {items: [{key: 'A', sha256: '0'.repeat(64)}]}
      const {status} = await asToken(w.server, token, 'secretsDiff', {query: {scope}, body})
      return status
    }
    const statuses = []
    for (let n = 0; n < 11; n += 1) statuses.push(await ask())
    expect(statuses).toEqual([...Array(10).fill(200), 429])
  })

  test('takes as many candidates as the limit says; the CLI asks in parts', async () => {
    const items = (count: number) => Array.from({length: count}, (_, n) => ({key: `K_${n}`, sha256: '0'.repeat(64)}))
    const ask = async (count: number) =>
      (await asToken(w.server, token, 'secretsDiff', {query: {scope}, body: {items: items(count)}})).status
    expect([await ask(MAX_CANDIDATES), await ask(MAX_CANDIDATES + 1)]).toEqual([200, 400])
    const guesses = {items: [...items(1), {key: 'K_0', sha256: '1'.repeat(64)}]}
    expect((await asToken(w.server, token, 'secretsDiff', {query: {scope}, body: guesses})).status).toBe(400)
    const file = items(MAX_CANDIDATES + 1).map(({key}) => `${key}=x`)
    const {stdout} = await succeed(cli(['secret', 'diff', '--scope', scope, '--file', '-'], file.join('\n')))
    expect(stdout).toMatch(/\n1001 to add, 0 to change, 0 the same\.\n$/)
  })

  test('finds no text the same as a secret of another kind', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', scope, 'F', '--file'], {stdin: 'bytes'}))
    expect((await succeed(cli(['secret', 'diff', '--scope', scope, '--file', '-'], 'F=bytes'))).stdout).toContain(
      'change\tF',
    )
  })
})

test('secret sync declares what a file has and the scope has not, and overwrites nothing', async () => {
  await set('A', 'x')
  const example = join(w.folder, '.env.example')
  writeFileSync(example, 'A=\nB=changeme\nexport C=\n')
  const sync = (...flags: string[]) =>
    succeed(cli(['secret', 'sync', '--scope', scope, '--example', example, ...flags]))
  expect((await sync('--dry-run')).stdout).toBe(
    `[dry-run] would declare B in ${scope}\n[dry-run] would declare C in ${scope}\n`,
  )
  expect((await sync()).stdout).toBe(`Declared B in ${scope}\nDeclared C in ${scope}\n`)
  expect((await sync()).stdout).toBe(`Nothing changed: ${scope} has all 3 keys already\n`)
  expect(await stored()).toEqual({A: 1, B: 0, C: 0})
  expect(await readings()).toEqual({A: 'x'})
})
