import {spawnSync} from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {leaksIn, newCanary} from '../world/canary.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const canary = newCanary()
let w: World
let folder: string
const set = (key: string, stdin: string, ...flags: string[]) =>
  succeed(w.cli(['secret', 'set', '--scope', 'out', key, ...flags], {stdin}))
beforeAll(async () => {
  w = await world()
  await set('API_KEY', canary)
  await set('DB_PASSWORD', 'it\'s a "pass"\nword')
  await succeed(w.cli(['secret', 'set', '--scope', 'out', 'URL', '--reference', 'https://u:${secret.out/API_KEY}@db']))
  await set('CODE', 'JBSWY3DPEHPK3PXP', '--totp')
  await succeed(w.cli(['secret', 'declare', '--scope', 'out', 'DECLARED']))
  await succeed(
    w.cli(['secret', 'set', '--scope', 'bytes', 'KEYSTORE', '--file', '--from-file', '-'], {
      stdin: Buffer.from('ff00fe', 'hex'),
    }),
  )
})
afterAll(() => w?.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-export-'))
  return () => rmSync(folder, {recursive: true})
})

const exported = (...flags: string[]) => w.cli(['secret', 'export', '--scope', 'out', ...flags, '--reveal'])
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const logged = async () => {
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {operation: 'secrets.reveal', limit: 1}})
  return JSON.parse(json.entries[0]!.canonical)
}

describe('secret get', () => {
  test('gives the exact bytes, as readers get them, and is in the audit log as a reading', async () => {
    const get = (key: string, scope = 'out') => w.cli(['secret', 'get', '--scope', scope, key, '--reveal'])
    expect((await succeed(get('API_KEY'))).stdout).toBe(canary)
    expect(await logged()).toMatchObject({
      outcome: 'disclosed',
      target: {kind: 'secret', scope: 'out', name: 'API_KEY', version: 1},
    })
    expect((await succeed(get('URL'))).stdout).toBe(`https://u:${canary}@db`)
    expect(await logged()).toMatchObject({names: ['secret out API_KEY 1', 'secret out URL 1']})
    expect((await succeed(get('CODE'))).stdout).toMatch(/^\d{6}$/)
    const {stdout} = await succeed(w.cli(['secret', 'describe', '--scope', 'out', 'API_KEY', '--json']))
    expect(JSON.parse(stdout)).toMatchObject({lastReadBy: 'owner'})
  })

  test('of what is not there, or has no value, is exit 5', async () => {
    for (const key of ['NONE', 'DECLARED']) {
      const {code, stdout} = await w.cli(['secret', 'get', '--scope', 'out', key, '--reveal'])
      expect([code, stdout]).toEqual([5, ''])
    }
  })

  test('needs --reveal without a terminal, and a yes on one', async () => {
    const argv = ['secret', 'get', '--scope', 'out', 'API_KEY']
    const {code, stdout, stderr} = await w.cli(argv)
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('--reveal')])
    const question = /Reveal API_KEY in out\?/
    const no = await onTerminal(argv, w.home, [{at: question, type: 'n\r'}])
    expect([no.code, no.screen.includes(canary)]).toEqual([1, false])
    const yes = await onTerminal(argv, w.home, [{at: question, type: 'y\r'}])
    expect([yes.code, yes.screen.includes(`${canary}\r\n`)]).toEqual([0, true])
  })
})

describe('secret list --reveal', () => {
  test('shows the values of a scope, each on a line', async () => {
    const {stdout} = await succeed(w.cli(['secret', 'list', '--scope', 'out', '--reveal']))
    const lines = stdout.split('\n')
    expect(lines[0]).toBe(`API_KEY\t1\t${canary}`)
    expect(lines[1]).toMatch(/^CODE\t1\t\d{6}$/)
    expect(lines.slice(2)).toEqual([
      `DB_PASSWORD\t1\t${JSON.stringify('it\'s a "pass"\nword')}`,
      `URL\t1\thttps://u:${canary}@db`,
      '',
    ])
    const bytes = await succeed(w.cli(['secret', 'list', '--scope', 'bytes', '--reveal']))
    expect(bytes.stdout).toBe('KEYSTORE\t1\tbase64:/wD+\n')
  })

  test('is of one scope, asks on a terminal, and goes with no filter', async () => {
    expect((await w.cli(['secret', 'list', '--reveal'])).code).toBe(2)
    expect((await w.cli(['secret', 'list', '--scope', 'out', '--reveal', '--missing'])).code).toBe(2)
    const argv = ['secret', 'list', '--scope', 'out', '--reveal']
    const no = await onTerminal(argv, w.home, [{at: /Reveal all secrets of out\?/, type: 'n\r'}])
    expect([no.code, no.screen.includes(canary)]).toEqual([1, false])
  })
})

describe('secret export', () => {
  test.each(['dotenv', 'json', 'yaml', 'shell'])('as %s comes back by import as it was', async (format) => {
    const file = join(folder, `values.${format === 'json' || format === 'yaml' ? format : 'env'}`)
    const {stdout, stderr} = await succeed(exported('--format', format, '--out', file))
    expect([stdout, modeOf(file)]).toEqual(['', '600'])
    expect(stderr).toMatch(/CODE is left out/)
    if (format === 'shell') {
      const {stdout: read} = spawnSync('bash', ['-c', '. "$0"; printf "%s|%s" "$API_KEY" "$DB_PASSWORD"', file])
      expect(read.toString()).toBe(`${canary}|it's a "pass"\nword`)
      return
    }
    const scope = `back/${format}`
    await succeed(w.cli(['secret', 'import', '--scope', scope, '--file', file, '--yes']))
    const {stdout: back} = await succeed(
      w.cli(['secret', 'export', '--scope', scope, '--format', 'json', '--out', '-', '--reveal']),
    )
    expect(JSON.parse(back)).toEqual({
      API_KEY: canary,
      DB_PASSWORD: 'it\'s a "pass"\nword',
      URL: `https://u:${canary}@db`,
    })
  })

  test('to a folder is a file for each key, of any bytes', async () => {
    await succeed(w.cli(['secret', 'export', '--scope', 'bytes', '--out', `${folder}/new/`, '--reveal']))
    expect(readdirSync(join(folder, 'new'))).toEqual(['KEYSTORE'])
    expect(readFileSync(join(folder, 'new/KEYSTORE')).toString('hex')).toBe('ff00fe')
    expect([modeOf(join(folder, 'new')), modeOf(join(folder, 'new/KEYSTORE'))]).toEqual(['700', '600'])
  })

  test('names what a format cannot hold by its key, and writes nothing', async () => {
    const file = join(folder, 'docker.env')
    const {code, stderr} = await exported('--format', 'docker', '--out', file)
    expect([code, existsSync(file)]).toEqual([1, false])
    expect(stderr).toMatch(/cannot hold all of it.*: DB_PASSWORD has a line's end\./)
    expect(leaksIn(stderr, canary)).toEqual([])
  })

  test('for GitHub masks each line first, and adds to the file', async () => {
    const file = join(folder, 'github_env')
    writeFileSync(file, 'OTHER=x\n')
    const {stdout} = await succeed(exported('--format', 'github', '--out', file))
    const lines = stdout.split('\n')
    expect(lines).toEqual([
      `::add-mask::${canary}`,
      `::add-mask::it's a "pass"`,
      '::add-mask::word',
      `::add-mask::https://u:${canary}@db`,
      '',
    ])
    const text = readFileSync(file, 'utf8')
    expect(text.startsWith('OTHER=x\nAPI_KEY<<postern_')).toBe(true)
    const [, delimiter] = /^DB_PASSWORD<<(\w+)$/m.exec(text)!
    expect(text).toContain(`DB_PASSWORD<<${delimiter}\nit's a "pass"\nword\n${delimiter}\n`)
    const refused = await exported('--format', 'github', '--out', '-')
    expect([refused.code, refused.stdout]).toEqual([2, ''])
  })

  test('is refused where git would take the file', async () => {
    const git = (...argv: string[]) => spawnSync('git', ['-C', folder, ...argv], {stdio: 'ignore'})
    git('init')
    mkdirSync(join(folder, 'below'))
    const refused = await exported('--out', join(folder, '.env'))
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('>> .gitignore')])
    expect((await exported('--out', join(folder, 'below/new/'))).code).toBe(2)
    expect((await exported('--out', join(folder, 'made/later/'))).code).toBe(2)
    writeFileSync(join(folder, '.gitignore'), '.env\nbelow/\n')
    await succeed(exported('--out', join(folder, '.env')))
    await succeed(exported('--out', join(folder, 'below/new/')))
    expect(readdirSync(folder).sort()).toEqual(['.env', '.git', '.gitignore', 'below'])
  })

  test('is refused where a link leads into a repository, and where git does not say', async () => {
    const [repository, outside] = [join(folder, 'repository'), join(folder, 'outside')]
    for (const path of [join(repository, 'sub'), outside]) mkdirSync(path, {recursive: true})
    spawnSync('git', ['init', repository], {stdio: 'ignore'})
    symlinkSync('sub', join(repository, 'link'))
    symlinkSync('../repository/sub', join(outside, 'link'))
    for (const path of [join(repository, 'link/x.env'), join(outside, 'link/x.env'), join(outside, 'link/new/')])
      expect((await exported('--out', path)).code).toBe(2)
    rmSync(join(repository, '.git/HEAD'))
    expect((await exported('--out', join(repository, 'x.env'))).code).toBe(2)
    expect(readdirSync(join(repository, 'sub'))).toEqual([])
    await succeed(exported('--out', join(outside, 'x.env')))
  })

  test('takes the place of no pipe', async () => {
    const pipe = join(folder, 'pipe')
    spawnSync('mkfifo', [pipe])
    const refused = await exported('--out', pipe)
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is no file; nothing was written')])
    expect(statSync(pipe).isFIFO()).toBe(true)
  })

  test('replaces a file at once, and leaves a folder of others as it was when it cannot write', async () => {
    writeFileSync(join(folder, '.env'), 'OLD=x\n', {mode: 0o644})
    await succeed(exported('--out', join(folder, '.env')))
    expect([modeOf(join(folder, '.env')), readFileSync(join(folder, '.env'), 'utf8').includes('OLD')]).toEqual([
      '600',
      false,
    ])
    const {code} = await exported('--out', join(folder, 'none/.env'))
    expect([code, readdirSync(folder)]).toEqual([1, ['.env']])
  })

  test('of an environment has what a workload of which nothing is said gets, variables too', async () => {
    await succeed(w.cli(['variable', 'set', '--scope', 'bound', 'LEVEL'], {stdin: 'info'}))
    await succeed(w.cli(['secret', 'set', '--scope', 'hosts/web-1', 'HOST_KEY'], {stdin: 'h'}))
    await succeed(w.cli(['environment', 'create', 'prod']))
    for (const scope of ['out', 'bound', 'hosts/${host}'])
      await succeed(w.cli(['environment', 'bind', 'prod', '--scope', scope]))
    const argv = ['secret', 'export', '--environment', 'prod', '--format', 'json', '--out', '-', '--reveal']
    expect(Object.keys(JSON.parse((await succeed(w.cli(argv))).stdout))).toEqual([
      'API_KEY',
      'DB_PASSWORD',
      'LEVEL',
      'URL',
    ])
    const {json} = await asToken(w.server, w.token, 'auditList', {query: {operation: 'environments.reveal', limit: 1}})
    expect(JSON.parse(json.entries[0]!.canonical)).toMatchObject({
      target: {kind: 'environment', name: 'prod'},
      outcome: 'disclosed',
      names: expect.arrayContaining(['secret out API_KEY 1', 'variable bound LEVEL 1']),
    })
    expect((await w.cli(['secret', 'export', '--environment', 'none', '--out', '-', '--reveal'])).code).toBe(5)
    const both = await w.cli(['secret', 'export', '--environment', 'prod', '--scope', 'out', '--out', '-', '--reveal'])
    expect(both.code).toBe(2)
    const neither = await w.cli(['secret', 'export', '--out', '-', '--reveal'])
    expect([neither.code, neither.stderr]).toEqual([2, expect.stringContaining('--environment')])
  })

  test('has no --json: its formats are its output', async () => {
    const {code, stdout, stderr} = await exported('--out', '-', '--json')
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('There is no flag --json')])
  })

  test('of a scope without values is exit 5, and writes nothing', async () => {
    const {code} = await w.cli(['secret', 'export', '--scope', 'nothing', '--out', join(folder, 'x'), '--reveal'])
    expect([code, readdirSync(folder)]).toEqual([5, []])
  })
})

describe('the server', () => {
  const reveal = (token: string, query: {scope: string; key?: string}) =>
    asToken(w.server, token, 'secretsReveal', {query})

  test.each(['admin', 'writer', 'auditor'])('reveals nothing to the role %s', async (role) => {
    expect((await reveal(await w.tokenOf(role), {scope: 'out'})).json).toMatchObject({code: 'forbidden'})
  })

  test('reveals to a bound credential what is in its scopes, and nothing that is referred to from there', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', 'own', 'MINE'], {stdin: 'x'}))
    const bound = await w.tokenOf('owner', 'own/**')
    expect((await reveal(bound, {scope: 'own'})).json).toMatchObject({items: [{key: 'MINE', value: {data: 'x'}}]})
    expect((await reveal(bound, {scope: 'out'})).json).toMatchObject({code: 'forbidden'})
    await succeed(w.cli(['secret', 'set', '--scope', 'own', 'THEIRS', '--reference', '${secret.out/API_KEY}']))
    const {json, text} = await reveal(bound, {scope: 'own'})
    expect(json).toMatchObject({code: 'unresolvable', detail: expect.stringContaining('own/THEIRS')})
    expect(leaksIn(text, canary)).toEqual([])
  })

  test('reveals no environment to who may not reveal, or is bound to scopes', async () => {
    await succeed(w.cli(['environment', 'create', 'guarded']))
    for (const token of [await w.tokenOf('admin'), await w.tokenOf('owner', 'out')]) {
      const {json} = await asToken(w.server, token, 'environmentsReveal', {query: {environment: 'guarded'}})
      expect(json).toMatchObject({code: 'forbidden'})
    }
  })

  test('keeps no value in its log, nor in the audit log', async () => {
    await reveal(w.token, {scope: 'out'})
    expect(leaksIn(w.server.output(), canary)).toEqual([])
    expect(leaksIn(JSON.stringify(await contentOf(join(w.folder, 'data'), AUDIT_TABLES)), canary)).toEqual([])
  })
})
