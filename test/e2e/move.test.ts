import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {MAX_COPIED} from '../../src/contract/limits.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w?.close())

let from = ''
let to = ''
let scopes = 0
let canary = ''
// In `from`: A with two versions and facts, B, and C without a value.
beforeEach(async () => {
  scopes += 1
  from = `from/${scopes}`
  to = `to/${scopes}`
  canary = newCanary()
  await set(from, 'A', 'first')
  await set(from, 'A', canary)
  await set(from, 'B', 'b')
  await declare(from, 'C')
})

const set = (scope: string, key: string, text: string) => w.put('secret', scope, key, text)
const declare = (scope: string, key: string) =>
  asToken(w.server, w.token, 'secretsDeclare', {params: {org: 'default', key}, query: {scope}})
const move = (...words: string[]) => w.cli(['secret', 'move', ...words, '--scope', from, '--to', to])
const ask = (token: string, body: {to: string; keys: string[]}, scope = from) =>
  asToken(w.server, token, 'secretsMove', {query: {scope}, body})
const read = async (key: string, scope = to) =>
  (await w.cli(['secret', 'get', '--scope', scope, key, '--reveal'])).stdout
const json = async (...argv: string[]) => JSON.parse((await succeed(w.cli([...argv, '--json']))).stdout)
const namesIn = async (scope: string) =>
  (await json('secret', 'list', '--scope', scope)).items.map(({key}: {key: string}) => key)
const purge = async (key: string) => {
  await succeed(w.cli(['secret', 'delete', '--scope', to, key, '--yes']))
  await succeed(w.cli(['secret', 'purge', '--scope', to, key, '--older-than', '0s', '--yes']))
}
const tokenWith = async (permissions: string[], ...flags: string[]) => {
  const role = `role-${scopes}-${Math.random().toString(36).slice(2)}`
  await succeed(w.cli(['role', 'create', role, ...permissions.flatMap((one) => ['--permission', one])]))
  return (await json('token', 'create', role, '--role', role, ...flags)).token as string
}

test('takes each name along with its versions and shows none', async () => {
  const before = await json('secret', 'history', '--scope', from, 'A')
  const {stdout, stderr} = await succeed(move('A', 'C'))
  expect(stdout).toBe(`Moved A from ${from} to ${to} (version 2)\nMoved C from ${from} to ${to} (version 0)\n`)
  expect([await namesIn(from), await namesIn(to), await read('A')]).toEqual([['B'], ['A', 'C'], canary])
  expect((await json('secret', 'history', '--scope', to, 'A')).items).toEqual(before.items)
  await succeed(w.cli(['secret', 'rollback', '--scope', to, 'A', '--to', '1', '--yes']))
  expect(await read('A')).toBe('first')
  expect(leaksIn(stdout + stderr + w.server.output(), canary)).toEqual([])
  expect(leaksIn(JSON.stringify(await contentOf(w.server.data, AUDIT_TABLES)), canary)).toEqual([])
})

test('takes facts and the last reading along', async () => {
  await succeed(w.cli(['secret', 'describe', '--scope', from, 'A', '--owner', 'dba', '--tag', 'team=data']))
  await read('A', from)
  const before = await json('secret', 'describe', '--scope', from, 'A')
  await succeed(move('A'))
  expect(await json('secret', 'describe', '--scope', to, 'A')).toEqual({...before, scope: to})
  expect(before).toMatchObject({owner: 'dba', lastReadAt: expect.any(String)})
})

test('leaves nothing to restore, and the old name begins anew', async () => {
  await succeed(move('A'))
  expect((await w.cli(['secret', 'restore', '--scope', from, 'A'])).code).toBe(5)
  await set(from, 'A', 'another')
  expect([await read('A', from), await read('A')]).toEqual(['another', canary])
  expect((await json('secret', 'describe', '--scope', from, 'A')).version).toBe(1)
})

test('is in the audit log with where each came from and went', async () => {
  await succeed(move('A', 'B'))
  const reply = await asToken(w.server, w.token, 'auditList', {query: {operation: 'secrets.move', limit: 2}})
  expect(
    reply.json.entries.map(({canonical}) => JSON.parse(canonical).target).sort((a, b) => (a.name < b.name ? -1 : 1)),
  ).toEqual([
    {kind: 'secret', scope: from, name: 'A', version: 2, to},
    {kind: 'secret', scope: from, name: 'B', version: 1, to},
  ])
})

test('with --dry-run changes nothing', async () => {
  expect((await succeed(move('A', '--dry-run'))).stdout).toBe(
    `[dry-run] would move A from ${from} to ${to} (version 2)\n`,
  )
  expect([await namesIn(from), await namesIn(to)]).toEqual([['A', 'B', 'C'], []])
})

describe('references', () => {
  test('by id still lead to it, by name do not and are counted', async () => {
    const {id} = await json('secret', 'references', '--scope', from, 'A')
    await succeed(w.cli(['secret', 'set', '--scope', 'refs', 'BY_ID', '--reference', `\${secret.id:${id}}`]))
    await succeed(w.cli(['secret', 'set', '--scope', 'refs', 'BY_NAME', '--reference', `\${secret.${from}/A}`]))
    const {stderr} = await succeed(move('A', 'B'))
    expect(stderr).toContain('A: A secret refers to what was there by its name')
    expect(stderr).not.toContain('B:')
    expect(await read('BY_ID', 'refs')).toBe(canary)
    expect((await w.cli(['secret', 'get', '--scope', 'refs', 'BY_NAME', '--reveal'])).code).not.toBe(0)
  })

  test('of what moves lead to what they did', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', from, 'REF', '--reference', `<\${secret.${from}/B}>`]))
    await succeed(move('REF'))
    expect(await read('REF')).toBe('<b>')
  })

  test('that would come back to it are refused', async () => {
    await set(to, 'X', 'x')
    await succeed(w.cli(['secret', 'set', '--scope', from, 'A', '--reference', `\${secret.${to}/X}`]))
    await succeed(w.cli(['secret', 'set', '--scope', 'refs', 'LOOP', '--reference', `\${secret.${from}/A}`]))
    await set(to, 'A', 'there')
    await succeed(w.cli(['secret', 'set', '--scope', to, 'X', '--reference', `\${secret.${to}/A}`]))
    await succeed(w.cli(['secret', 'delete', '--scope', to, 'A', '--yes']))
    await succeed(w.cli(['secret', 'purge', '--scope', to, 'A', '--older-than', '0s', '--yes']))
    await succeed(w.cli(['secret', 'purge', '--scope', from, 'A', '--versions', '--older-than', '0s', '--yes']))
    const {code, stderr} = await move('A')
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('The references go round')])
    expect(await namesIn(to)).toEqual(['X'])
  })
})

describe('a name that is there', () => {
  test.each([
    ['with a value', () => set(to, 'B', 'other')],
    ['without one', () => declare(to, 'B')],
  ])('%s is refused, and nothing is moved', async (_, make) => {
    await make()
    const {code, stderr} = await move('A', 'B')
    expect([code, stderr]).toEqual([6, expect.stringContaining(`${to} has a secret B already`)])
    expect([await namesIn(from), await namesIn(to)]).toEqual([['A', 'B', 'C'], ['B']])
  })

  test('as one that was deleted is refused while it can be restored', async () => {
    await set(to, 'B', 'old')
    await succeed(w.cli(['secret', 'delete', '--scope', to, 'B', '--yes']))
    const {code, stderr} = await move('B')
    expect([code, stderr]).toEqual([6, expect.stringContaining('can still be restored')])
  })

  test('as one that was purged goes on from its number, and never uses one twice', async () => {
    for (const key of ['B', 'C']) await set(to, key, 'old')
    for (const key of ['B', 'C']) await purge(key)
    const {code, stderr} = await move('B')
    expect([code, stderr]).toEqual([6, expect.stringContaining('cannot be used again')])
    expect((await succeed(move('C'))).stdout).toContain('(version 1)')
    await set(to, 'C', 'now')
    expect((await json('secret', 'describe', '--scope', to, 'C')).version).toBe(2)
  })
})

test.each<[string, string[], number]>([
  ['a key that is not there', ['A', 'NONE'], 5],
  ['a key twice', ['A', 'A'], 2],
])('%s is refused, and nothing is moved', async (_, keys, code) => {
  expect((await move(...keys)).code).toBe(code)
  expect(await namesIn(to)).toEqual([])
})

test('to the scope itself is refused', async () => {
  expect((await ask(w.token, {to: from, keys: ['A']})).json).toMatchObject({code: 'malformed'})
})

test('takes as many as the limit says', async () => {
  const keys = (count: number) => Array.from({length: count}, (_, n) => `K_${n}`)
  expect((await ask(w.token, {to, keys: keys(MAX_COPIED)})).json).toMatchObject({code: 'not_found'})
  expect((await ask(w.token, {to, keys: keys(MAX_COPIED + 1)})).json).toMatchObject({code: 'malformed'})
})

describe('who may', () => {
  const all = ['secrets.grant', 'secrets.write', 'secrets.delete']

  test.each(all)('not without %s', async (missing) => {
    const token = await tokenWith(all.filter((one) => one !== missing))
    expect((await ask(token, {to, keys: ['A']})).json).toMatchObject({code: 'forbidden'})
    expect(await namesIn(to)).toEqual([])
  })

  test('with all of them, but for what refers to what it may not read', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', from, 'REF', '--reference', `\${secret.${from}/B}`]))
    const token = await tokenWith(all)
    expect((await ask(token, {to, keys: ['REF']})).json).toMatchObject({code: 'forbidden'})
    expect((await ask(token, {to, keys: ['A']})).status).toBe(200)
  })

  test('is kept to scopes on both sides', async () => {
    for (const scope of [from, `${to}/**`]) {
      const bound = await tokenWith(all, '--scope', scope)
      expect((await ask(bound, {to, keys: ['A']})).json).toMatchObject({code: 'forbidden'})
    }
    const both = await tokenWith(all, '--scope', from, '--scope', `${to}/**`)
    expect((await ask(both, {to, keys: ['A']})).status).toBe(200)
  })
})
