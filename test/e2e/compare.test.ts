import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {problems} from '../../src/contract/problems.ts'
import {leaksIn, newCanary} from '../world/canary.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const shared = newCanary()
let w: World
const set = (noun: string, scope: string, key: string, stdin: string) =>
  succeed(w.cli([noun, 'set', '--scope', scope, key], {stdin}))
beforeAll(async () => {
  w = await world()
  for (const scope of ['staging', 'production']) {
    await set('secret', scope, 'SHARED', shared)
    await set('secret', scope, 'OF_ONE_LENGTH', `${scope[0]}-value`)
    await set('secret', scope, 'OF_ITS_OWN_LENGTH', scope)
    await set('variable', scope, 'SHARED', shared)
    await succeed(w.cli(['secret', 'declare', '--scope', scope, 'DECLARED']))
  }
  await set('secret', 'staging', 'ONLY_HERE', 'x')
  await set('secret', 'production/eu', 'BELOW', 'x')
})
afterAll(() => w?.close())

/** A token of its own, so that what one test asks is not counted against another. */
const tokenOf = async (name: string, role = 'admin', ...flags: string[]): Promise<string> =>
  JSON.parse((await succeed(w.cli(['token', 'create', name, '--role', role, ...flags, '--json']))).stdout).token
const compare = (token: string, scope = 'staging', other = 'production') =>
  asToken(w.server, token, 'scopesCompare', {query: {scope, with: other}})
const entries = async (query: object) => {
  const {json} = await asToken(w.server, w.token, 'auditList', {query})
  return json.entries.map(({canonical}) => JSON.parse(canonical))
}

test('says what is the same, different or missing, and nothing else of a value', async () => {
  const {stdout, stderr} = await succeed(w.cli(['scope', 'compare', 'staging', 'production']))
  expect(stdout.split('\n')).toEqual([
    'secret\tDECLARED\tmissing in staging and production',
    'secret\tOF_ITS_OWN_LENGTH\tdifferent',
    'secret\tOF_ONE_LENGTH\tdifferent',
    'secret\tONLY_HERE\tmissing in production',
    'secret\tSHARED\tsame',
    'variable\tSHARED\tsame',
    '',
  ])
  const json = await succeed(w.cli(['scope', 'compare', 'staging', 'production', '--json']))
  expect(JSON.parse(json.stdout).items).toContainEqual({kind: 'secret', key: 'SHARED', state: 'same', missingIn: []})
  expect(leaksIn(stdout + stderr + json.stdout + json.stderr, shared)).toEqual([])
})

test('is in the audit log with both scopes, and counts as a reading of neither name', async () => {
  await succeed(w.cli(['scope', 'compare', 'staging', 'production']))
  const [last, before] = await entries({operation: 'scopes.compare', limit: 2})
  expect([before.target, last.target]).toEqual([
    {kind: 'scope', scope: 'staging'},
    {kind: 'scope', scope: 'production'},
  ])
  expect([before.outcome, last.outcome]).toEqual(['disclosed', 'disclosed'])
  const {stdout} = await succeed(w.cli(['secret', 'describe', '--scope', 'staging', 'SHARED', '--json']))
  expect(JSON.parse(stdout).lastReadAt).toBeNull()
})

describe('is refused, audited, and changes nothing', () => {
  const refused = async (ask: () => ReturnType<typeof compare>, code: keyof typeof problems) => {
    const before = await contentOf(w.server.data, ['tokens', ...AUDIT_TABLES])
    const answer = await ask()
    const {status, json} = answer
    expect([status, (json as unknown as {code: string}).code]).toEqual([problems[code].status, code])
    expect(await contentOf(w.server.data, ['tokens', ...AUDIT_TABLES])).toEqual(before)
    expect(await entries({limit: 1})).toMatchObject([{operation: 'scopes.compare', outcome: 'refused', code}])
    return answer
  }

  test('to a credential that is bound to one of the two', async () => {
    const bound = await tokenOf('bound', 'admin', '--scope', 'staging/**')
    await refused(() => compare(bound), 'forbidden')
    await refused(() => compare(bound, 'production', 'staging'), 'forbidden')
  })

  test('to a role without the permission', async () => {
    const token = await tokenOf('writer', 'writer')
    await refused(() => compare(token), 'forbidden')
  })

  test('where there is no such scope', async () => {
    const token = await tokenOf('nowhere')
    await refused(() => compare(token, 'staging', 'nowhere'), 'not_found')
    await refused(() => compare(token, 'nowhere', 'staging'), 'not_found')
  })

  test('after ten times within a minute, for each credential by itself', async () => {
    const token = await tokenOf('guesser')
    for (let time = 0; time < 10; time += 1) expect((await compare(token, `a/${time}`, `b/${time}`)).status).toBe(404)
    const {headers, json} = await refused(() => compare(token), 'rate_limited')
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(json).toMatchObject({retryAfter: Number(headers['retry-after'])})
    const env = {POSTERN_TOKEN: token, POSTERN_URL: w.server.url}
    const ran = await w.cli(['scope', 'compare', 'staging', 'production'], {env})
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/^Next: Wait \d+ s, and run it again\.$/m)])
    expect((await compare(await tokenOf('another'))).status).toBe(200)
  })

  test('after ten times within a minute for a scope, however many credentials ask', async () => {
    await set('secret', 'guesses', 'SHARED', 'a guess')
    const tokens = await Promise.all(['one', 'two', 'three'].map((name) => tokenOf(`guesser-${name}`)))
    for (let time = 0; time < 10; time += 1)
      expect((await compare(tokens[time % 2]!, 'guesses', `c/${time}`)).status).toBe(404)
    await refused(() => compare(tokens[2]!, 'guesses', 'production'), 'rate_limited')
  })
})

test('shows names of the kinds alone that a role may list', async () => {
  const permissions = ['scopes.compare', 'variables.list'].flatMap((one) => ['--permission', one])
  await succeed(w.cli(['role', 'create', 'comparer', ...permissions]))
  const {json} = await compare(await tokenOf('comparer', 'comparer'))
  expect(json.items).toEqual([{kind: 'variable', key: 'SHARED', state: 'same', missingIn: []}])
})

test.each([
  ['one scope twice', ['staging', 'staging']],
  ['one scope', ['staging']],
  ['what is no scope', ['staging', 'hunter2/..']],
])('%s is wrong usage', async (_, argv) => {
  const {code, stderr} = await w.cli(['scope', 'compare', ...argv])
  expect(code).toBe(2)
  expect(stderr).not.toContain('hunter2')
})
