import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {MAX_COPIED} from '../../src/contract/limits.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const canary = newCanary()
let w: World
beforeAll(async () => {
  w = await world()
  for (const [key, stdin] of [
    ['A', canary],
    ['B', 'b'],
  ] as const)
    await succeed(w.cli(['secret', 'set', '--scope', 'from', key], {stdin}))
  await succeed(w.cli(['secret', 'set', '--scope', 'from', 'REF', '--reference', '<${secret.from/B}>']))
  await succeed(w.cli(['secret', 'declare', '--scope', 'from', 'DECLARED']))
})
afterAll(() => w?.close())

let to = ''
let scopes = 0
beforeEach(() => {
  scopes += 1
  to = `to/${scopes}`
})

const copy = (...words: string[]) => w.cli(['secret', 'copy', ...words, '--scope', 'from', '--to', to])
const ask = (token: string, body: {to: string; keys: string[]; overwrite?: boolean}, scope = 'from') =>
  asToken(w.server, token, 'secretsCopy', {query: {scope}, body})
const read = async (key: string) => (await w.cli(['secret', 'get', '--scope', to, key, '--reveal'])).stdout
const namesIn = async (scope: string) => {
  const {stdout} = await succeed(w.cli(['secret', 'list', '--scope', scope, '--json']))
  return JSON.parse(stdout).items.map(({key}: {key: string}) => key)
}
/** A role of these permissions, and a token of it. */
const tokenWith = async (permissions: string[], ...flags: string[]) => {
  const role = `role-${scopes}-${permissions.length}`
  const given = permissions.flatMap((permission) => ['--permission', permission])
  await succeed(w.cli(['role', 'create', role, ...given]))
  return w.tokenOf(role, ...flags)
}

test('gives names of another scope the same values, and shows none', async () => {
  const {stdout, stderr} = await succeed(copy('A', 'B'))
  expect(stdout).toBe(`Copied A from from to ${to} (version 1)\nCopied B from from to ${to} (version 1)\n`)
  expect([await read('A'), await read('B'), await namesIn('from')]).toEqual([
    canary,
    'b',
    ['A', 'B', 'DECLARED', 'REF'],
  ])
  expect(leaksIn(stdout + stderr + w.server.output(), canary)).toEqual([])
  expect(leaksIn(JSON.stringify(await contentOf(w.server.data, AUDIT_TABLES)), canary)).toEqual([])
})

test('is in the audit log with where each came from and went', async () => {
  await succeed(copy('A', 'B'))
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {operation: 'secrets.copy', limit: 2}})
  expect(
    json.entries.map(({canonical}) => JSON.parse(canonical).target).sort((a, b) => (a.name < b.name ? -1 : 1)),
  ).toEqual([
    {kind: 'secret', scope: 'from', name: 'A', version: 1, to},
    {kind: 'secret', scope: 'from', name: 'B', version: 1, to},
  ])
})

test('of a reference refers to what that refers to', async () => {
  await succeed(copy('REF'))
  expect(await read('REF')).toBe('<b>')
  const {stdout} = await succeed(w.cli(['secret', 'references', '--scope', 'from', 'B', '--json']))
  expect(JSON.parse(stdout).items).toContainEqual({scope: to, key: 'REF', field: null})
})

test('with --dry-run changes nothing', async () => {
  expect((await succeed(copy('A', '--dry-run'))).stdout).toBe(`[dry-run] would copy A from from to ${to} (version 1)\n`)
  expect(await namesIn(to)).toEqual([])
})

describe('a name that is there', () => {
  test('is a conflict, and nothing is copied; with --overwrite it gets another version', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', to, 'B'], {stdin: 'other'}))
    const {code, stderr} = await copy('A', 'B')
    expect([code, stderr]).toEqual([6, expect.stringContaining(`${to} has a secret B already`)])
    expect(await namesIn(to)).toEqual(['B'])
    expect((await succeed(copy('A', 'B', '--overwrite'))).stdout).toContain(`Copied B from from to ${to} (version 2)`)
    expect(await read('B')).toBe('b')
  })

  test('with --overwrite and the same value is as it was', async () => {
    await succeed(copy('A'))
    await succeed(w.cli(['secret', 'set', '--scope', to, 'B'], {stdin: 'old'}))
    // A trial compares nothing: it has no entry in the log.
    expect((await succeed(copy('A', '--overwrite', '--dry-run'))).stdout).toContain('would copy A')
    const {stdout} = await succeed(copy('A', 'B', '--overwrite'))
    expect(stdout).toBe(
      `Nothing changed: A has this value in ${to} (version 1)\nCopied B from from to ${to} (version 2)\n`,
    )
    expect((await succeed(copy('A', 'B', '--overwrite', '--json'))).stdout).toContain('"changed": false')
    const history = await succeed(w.cli(['secret', 'history', '--scope', to, 'A', '--json']))
    expect(JSON.parse(history.stdout).items).toHaveLength(1)
  })

  test('is refused with the command that shows what is there', async () => {
    await succeed(copy('A'))
    expect((await copy('A')).stderr).toContain(`postern secret list --scope ${to} `)
  })

  test('and was declared, or deleted, takes the value', async () => {
    await succeed(w.cli(['secret', 'declare', '--scope', to, 'A']))
    await succeed(w.cli(['secret', 'set', '--scope', to, 'B'], {stdin: 'old'}))
    await succeed(w.cli(['secret', 'describe', '--scope', to, 'B', '--owner', 'somebody']))
    await succeed(w.cli(['secret', 'delete', '--scope', to, 'B', '--yes']))
    await succeed(copy('A', 'B'))
    expect([await read('A'), await read('B')]).toEqual([canary, 'b'])
    const {stdout} = await succeed(w.cli(['secret', 'describe', '--scope', to, 'B', '--json']))
    expect(JSON.parse(stdout)).toMatchObject({version: 2, owner: null})
  })
})

test.each<[string, string[], number]>([
  ['a key that is not there', ['A', 'NONE'], 5],
  ['a key without a value', ['A', 'DECLARED'], 5],
  ['a key twice', ['A', 'A'], 2],
])('%s is refused, and nothing is copied', async (_, keys, code) => {
  expect((await copy(...keys)).code).toBe(code)
  expect(await namesIn(to)).toEqual([])
})

test('to the scope itself is refused', async () => {
  expect((await ask(w.token, {to: 'from', keys: ['A']})).json).toMatchObject({code: 'malformed'})
})

test(`takes as many as the limit says`, async () => {
  const keys = (count: number) => Array.from({length: count}, (_, n) => `K_${n}`)
  expect((await ask(w.token, {to, keys: keys(MAX_COPIED)})).json).toMatchObject({code: 'not_found'})
  expect((await ask(w.token, {to, keys: keys(MAX_COPIED + 1)})).json).toMatchObject({code: 'malformed'})
})

describe('who may', () => {
  test.each(['admin', 'writer', 'auditor'])('the role %s may not', async (role) => {
    expect((await ask(await w.tokenOf(role), {to, keys: ['A']})).json).toMatchObject({code: 'forbidden'})
  })

  test('needs secrets.grant and secrets.write', async () => {
    const body = () => ({to, keys: ['A']})
    const grants = await tokenWith(['secrets.grant'])
    expect((await ask(grants, body())).json).toMatchObject({code: 'forbidden'})
    const both = await tokenWith(['secrets.grant', 'secrets.write'])
    expect((await ask(both, body())).status).toBe(200)
    expect((await ask(both, {to, keys: ['REF']})).json).toMatchObject({code: 'forbidden'})
  })

  test('is kept to scopes on both sides', async () => {
    for (const scope of ['from', `${to}/**`]) {
      const bound = await w.tokenOf('owner', scope)
      expect((await ask(bound, {to, keys: ['A']})).json).toMatchObject({code: 'forbidden'})
    }
    const both = await w.tokenOf('owner', 'from', `${to}/**`)
    expect((await ask(both, {to, keys: ['A']})).status).toBe(200)
  })
})
