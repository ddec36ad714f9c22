import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
  for (const [scope, key] of [
    ['production', 'DB_PASSWORD'],
    ['production/eu', 'DB_PASSWORD'],
    ['staging', 'STRIPE_KEY'],
  ] as const)
    await succeed(w.cli(['secret', 'set', '--scope', scope, key], {stdin: 'hunter2'}))
})
afterAll(() => w?.close())

const json = async (...argv: string[]) => JSON.parse((await succeed(w.cli([...argv, '--json']))).stdout)
const described = (...flags: string[]) =>
  w.cli(['secret', 'describe', '--scope', 'production', 'DB_PASSWORD', ...flags])
const names = async (...argv: string[]) =>
  (await json('secret', ...argv)).items.map(({scope, key}: {scope: string; key: string}) => `${scope}/${key}`)
const newest = async () => {
  const {json: page} = await asToken(w.server, w.token, 'auditList', {query: {limit: 1}})
  return JSON.parse(page.entries[0]!.canonical)
}

describe('secret describe', () => {
  test('changes facts without the value, is audited, and shows them', async () => {
    const flags = [
      '--owner',
      'payments',
      '--note',
      'ask Zoë',
      '--rotate-every',
      '12w',
      '--tag',
      'team=pay',
      '--tag',
      'tier=1',
    ]
    expect((await succeed(described(...flags, '--expires', '2099-01-31'))).stdout).toBe(
      'Described DB_PASSWORD in production\n',
    )
    const entry = await newest()
    expect(entry).toMatchObject({
      operation: 'secrets.describe',
      outcome: 'done',
      target: {kind: 'secret', scope: 'production', name: 'DB_PASSWORD', version: 1},
    })
    expect(JSON.stringify(entry)).not.toMatch(/payments|Zoë/)
    expect(await json('secret', 'describe', '--scope', 'production', 'DB_PASSWORD')).toMatchObject({
      version: 1,
      length: 7,
      owner: 'payments',
      note: 'ask Zoë',
      rotateDays: 84,
      expiresAt: '2099-01-31T00:00:00.000Z',
      tags: {team: 'pay', tier: '1'},
      lastReadAt: null,
    })
    const shown = (await succeed(described())).stdout
    for (const line of [
      'owner\tpayments',
      'last read\tnever',
      'expires\t2099-01-31T00:00:00.000Z',
      'tags\tteam=pay, tier=1',
    ])
      expect(shown.split('\n')).toContain(line)
    expect(shown).toMatch(/^rotate every\t84 days, due 20\S+Z$/m)
  })

  test('the same again changes nothing; an empty text and --untag take away', async () => {
    expect((await succeed(described('--owner', 'payments', '--tag', 'team=pay'))).stdout).toMatch(/^Nothing changed: /)
    expect(await newest()).toMatchObject({operation: 'secrets.describe', outcome: 'unchanged'})
    await succeed(described('--note', '', '--expires', '', '--rotate-every', '', '--untag', 'tier'))
    expect(await json('secret', 'describe', '--scope', 'production', 'DB_PASSWORD')).toMatchObject({
      owner: 'payments',
      note: null,
      expiresAt: null,
      rotateDays: null,
      rotateDueAt: null,
      tags: {team: 'pay'},
    })
  })

  test('--dry-run asks the server and changes nothing', async () => {
    const before = await contentOf(w.server.data)
    expect((await succeed(described('--owner', 'x', '--dry-run'))).stdout).toMatch(/^\[dry-run\] would describe /)
    const missing = await w.cli(['secret', 'describe', '--scope', 'production', 'NONE', '--owner', 'x', '--dry-run'])
    expect(missing.code).toBe(5)
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(
      Object.fromEntries(Object.entries(before).filter(([table]) => !AUDIT_TABLES.includes(table))),
    )
  })

  test.each<[string, string[], number]>([
    ['a name that is not there', ['NONE', '--owner', 'hunter2'], 5],
    ['a dry run of nothing', ['DB_PASSWORD', '--dry-run'], 2],
    ['a control character', ['DB_PASSWORD', '--note', 'hunter2\u001b[2J'], 2],
    ['an end that is past', ['DB_PASSWORD', '--expires', '2020-01-01'], 2],
    ['a tag that is none', ['DB_PASSWORD', '--tag', 'hunter2'], 2],
  ])('refuses %s', async (_, argv, code) => {
    const ran = await w.cli(['secret', 'describe', '--scope', 'production', ...argv])
    expect(ran.code).toBe(code)
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })

  test.each<[string, unknown]>([
    ['nothing', {}],
    ['an unknown fact', {colour: 'red'}],
    ['an empty text', {owner: ''}],
    ['a control character', {note: 'a\u0000b'}],
    ['half a day', {rotateDays: 0.5}],
    ['a time that is none', {expiresAt: 'tomorrow'}],
    ['a tag whose name is none', {tags: {'a b': 'x'}}],
    ['a tag whose value is none', {tags: {a: ''}}],
    ['more tags than there may be', {tags: Object.fromEntries(Array.from({length: 33}, (_, n) => [`t${n}`, 'x']))}],
  ])('the server itself refuses %s', async (_, body) => {
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    const params = {org: 'default', key: 'DB_PASSWORD'}
    const query = {scope: 'production'}
    const {status, json} = await asToken(w.server, w.token, 'secretsDescribe', {params, query, body: body as never})
    expect([status, (json as unknown as {code: string}).code]).toEqual([400, 'malformed'])
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })
})

describe('secret list', () => {
  test('narrows by facts, and says in a column why', async () => {
    await succeed(
      w.cli(['secret', 'describe', '--scope', 'staging', 'STRIPE_KEY', '--expires', '20d', '--rotate-every', '1d']),
    )
    expect(await names('list', '--expiring', '30d')).toEqual(['staging/STRIPE_KEY'])
    expect(await names('list', '--expiring', '2w')).toEqual([])
    expect(await names('list', '--overdue')).toEqual([])
    expect(await names('list', '--unused', '90d')).toEqual([])
    expect(await names('list', '--tag', 'team=pay')).toEqual(['production/DB_PASSWORD'])
    expect(await names('list', '--tag', 'team', '--expiring', '30d')).toEqual([])
    const {stdout} = await succeed(w.cli(['secret', 'list', '--expiring', '30d', '--tag', 'none']))
    expect(stdout).toBe('')
    expect((await succeed(w.cli(['secret', 'list', '--expiring', '30d']))).stdout).toMatch(/\towner\t20\S+Z\n$/)
    expect((await succeed(w.cli(['secret', 'list', '--tag', 'team']))).stdout).toMatch(/\towner\tteam=pay\n$/)
  })

  test('--recursive goes below the scope, and needs one', async () => {
    expect(await names('list', '--scope', 'production')).toEqual(['production/DB_PASSWORD'])
    expect(await names('list', '--scope', 'production', '-r')).toEqual([
      'production/DB_PASSWORD',
      'production/eu/DB_PASSWORD',
    ])
    expect((await w.cli(['secret', 'list', '--recursive'])).code).toBe(2)
  })

  test.each([
    ['--expiring', 'hunter2'],
    ['--unused', '0d'],
    ['--unused', '90h'],
    ['--tag', 'hunter2 ='],
  ])('refuses %s %s', async (flag, given) => {
    const {code, stderr} = await w.cli(['secret', 'list', flag, given])
    expect(code).toBe(2)
    expect(stderr).toContain(flag)
    expect(stderr).not.toContain('hunter2')
  })
})

test('variable list --unused goes by the audit log', async () => {
  for (const key of ['READ', 'UNREAD']) await succeed(w.cli(['variable', 'set', '--scope', 'used', key], {stdin: 'x'}))
  await succeed(w.cli(['variable', 'get', '--scope', 'used', 'READ']))
  const {items} = await json('variable', 'list', '--scope', 'used')
  expect(items.map(({lastReadAt}: {lastReadAt: string | null}) => lastReadAt)).toEqual([
    (await lastReading()).time,
    null,
  ])
  expect((await json('variable', 'list', '--scope', 'used', '--unused', '1d')).items).toEqual([])
})

const lastReading = async () => {
  const {json: page} = await asToken(w.server, w.token, 'auditList', {query: {operation: 'variables.get', limit: 1}})
  return JSON.parse(page.entries[0]!.canonical)
}

describe('secret find', () => {
  test.each([
    [['password'], ['production/DB_PASSWORD', 'production/eu/DB_PASSWORD']],
    [['*_key'], ['staging/STRIPE_KEY']],
    [['production/*'], ['production/DB_PASSWORD', 'production/eu/DB_PASSWORD']],
    [['db', '--scope', 'production/eu'], ['production/eu/DB_PASSWORD']],
    [['nothing'], []],
  ])('%j', async (argv, found) => {
    expect(await names('find', ...argv)).toEqual(found)
  })

  test.each(['', 'a b', 'hunter2%'])('refuses %j', async (pattern) => {
    const {code, stderr} = await w.cli(['secret', 'find', pattern])
    expect(code).toBe(2)
    expect(stderr).toContain('PATTERN is not right')
    expect(stderr).not.toContain('hunter2')
  })
})

test('a token that is bound to scopes sees its own alone, whatever it asks for', async () => {
  const argv = ['token', 'create', 'bound', '--role', 'writer', '--scope', 'production/eu/**', '--json']
  const {token} = JSON.parse((await succeed(w.cli(argv))).stdout)
  const env = {POSTERN_TOKEN: token, POSTERN_URL: w.server.url}
  const seen = async (...words: string[]) => {
    const {stdout} = await succeed(w.cli(['secret', ...words], {env}))
    return stdout.split('\n').map((line) => line.split('\t').slice(0, 2).join('/'))
  }
  const own = ['production/eu/DB_PASSWORD', '']
  expect(await seen('list')).toEqual(own)
  expect(await seen('list', '--scope', 'production', '--recursive')).toEqual(own)
  expect(await seen('find', '*')).toEqual(own)
  const describe = (scope: string, ...flags: string[]) =>
    w.cli(['secret', 'describe', '--scope', scope, 'DB_PASSWORD', ...flags], {env})
  expect((await describe('production/eu', '--owner', 'eu')).code).toBe(0)
  expect((await describe('production')).code).toBe(4)
  expect((await describe('production', '--owner', 'eu')).code).toBe(4)
  expect((await w.cli(['secret', 'list', '--scope', 'production'], {env})).code).toBe(4)
})

test('what was archived and pruned is not known any more, and --unused says so', async () => {
  await succeed(w.cli(['variable', 'get', '--scope', 'used', 'READ']))
  const {time} = await lastReading()
  const before = new Date(Date.parse(time) + 60_000).toISOString()
  const archive = ['audit', 'archive', '--before', before, '--out', join(w.folder, 'a.jsonl'), '--prune', '--yes']
  await succeed(w.cli(archive))
  const {stdout, stderr} = await succeed(w.cli(['variable', 'list', '--unused', '1d', '--json']))
  expect(JSON.parse(stdout).items).toEqual([])
  expect(stderr).toMatch(/^Warning: readings before 20\S+Z were pruned from the audit log/)
  expect((await json('variable', 'list', '--scope', 'used')).items[0].lastReadAt).toBeNull()
  expect((await succeed(described())).stdout).toMatch(/^last read\tnever since 20\S+Z$/m)
})
