import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {isToken} from '../../src/formats/token.ts'
import {flip} from '../world/damage.ts'
import {sqlOn} from '../world/database.ts'
import {startServer} from '../world/server.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let token: string
beforeAll(async () => {
  w = await world()
  for (const [scope, key, value] of [
    ['my-saas', 'SHARED', 'of the collection'],
    ['my-saas', 'DATABASE_URL', 'lent'],
    ['my-saas/prod', 'DATABASE_URL', 'own'],
    ['aws/prod', 'AWS_KEY', 'k'],
    ['elsewhere', 'NOT_BOUND', 'never'],
    ['hosts/web-1', 'OF_HOST', 'of web-1'],
    ['hosts/web-2', 'OF_HOST', 'of web-2'],
    ['teams/payments', 'OF_TEAM', 'of payments'],
  ] as const)
    await succeed(w.cli(['secret', 'set', '--scope', scope, key], {stdin: value}))
  await succeed(w.cli(['variable', 'set', '--scope', 'my-saas/prod', 'LOG_LEVEL'], {stdin: 'info'}))
  await succeed(w.cli(['secret', 'declare', '--scope', 'my-saas/prod', 'LATER']))
  for (const environment of ['my-saas', 'my-saas/prod', 'fleet'])
    await succeed(w.cli(['environment', 'create', environment]))
  for (const [environment, scope] of [
    ['my-saas', 'my-saas'],
    ['my-saas/prod', 'my-saas/prod'],
    ['my-saas/prod', 'aws/**'],
    ['fleet', 'hosts/${host}'],
    ['fleet', 'teams/${label:team}'],
    ['fleet', 'agents/${agentId}'],
  ] as const)
    await succeed(w.cli(['environment', 'bind', environment, '--scope', scope]))
  token = await workload('web', 'my-saas/prod')
})
afterAll(() => w.close())

const workload = async (name: string, environment: string, ...argv: string[]) =>
  (await succeed(w.cli(['token', 'create', name, '--environment', environment, ...argv]))).stdout.trim()
const resolve = (as = token, query: {only?: string; scope?: string} = {}, headers = {}) =>
  asToken(w.server, as, 'workloadResolve', {query}, headers)
const values = async (as?: string, query?: {only?: string; scope?: string}) => {
  const {status, json} = await resolve(as, query)
  expect(status).toBe(200)
  return json.items.map(({key, value}) => `${key}=${value.data}`)
}
const entries = async (operation: string) => {
  const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', operation, '--json']))
  return JSON.parse(stdout).entries
}

describe('a token that is bound to an environment', () => {
  test('gets each key once, with its scope, version and kind, and nothing else', async () => {
    const {json, headers} = await resolve()
    expect(json).toMatchObject({org: 'default', environment: 'my-saas/prod'})
    expect(json.items.map(({key, scope, version, kind, value}) => [key, scope, version, kind, value.data])).toEqual([
      ['AWS_KEY', 'aws/prod', 1, 'secret', 'k'],
      ['DATABASE_URL', 'my-saas/prod', 1, 'secret', 'own'],
      ['LOG_LEVEL', 'my-saas/prod', 1, 'variable', 'info'],
      ['SHARED', 'my-saas', 1, 'secret', 'of the collection'],
    ])
    expect(json.missing).toEqual([{key: 'LATER', scope: 'my-saas/prod'}])
    expect(headers).toMatchObject({etag: `"${json.etag}"`, 'cache-control': 'no-store'})
  })

  test.each([
    [{only: 'AWS_*,LOG_*'}, ['AWS_KEY=k', 'LOG_LEVEL=info']],
    [{scope: 'my-saas'}, ['SHARED=of the collection']],
    [{scope: 'my-saas/*,aws/**', only: '*E*'}, ['AWS_KEY=k', 'DATABASE_URL=own', 'LOG_LEVEL=info']],
    [{only: 'NO_SUCH'}, []],
  ])('narrowed by %j gets less, and nothing by another name', async (query, expected) =>
    expect(await values(token, query)).toEqual(expected),
  )

  test('has a text that tells what it is, and says who it is', async () => {
    expect(isToken(token)).toBe(true)
    expect(token).toMatch(/^postern_workload_/)
    const labelled = await workload('named', 'fleet', '--host', 'web-1', '--label', 'team=payments', '--expires', '1d')
    const {json} = await asToken(w.server, labelled, 'workloadWhoami', {})
    expect(json).toMatchObject({
      actor: {kind: 'token', name: 'named'},
      surface: 'workload',
      environment: 'fleet',
      agentId: 'named',
      host: 'web-1',
      labels: {team: 'payments'},
    })
  })

  test('is filled into patterns by what was said when it was made, whatever a request says', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', 'agents/agent-7', 'OF_AGENT'], {stdin: 'of agent-7'}))
    const agent = await workload('agent-7', 'fleet', '--host', 'web-2', '--label', 'team=payments')
    const own = ['OF_AGENT=of agent-7', 'OF_HOST=of web-2', 'OF_TEAM=of payments']
    expect(await values(agent)).toEqual(own)
    const {json} = await resolve(agent, {}, {'x-host': 'web-1', 'x-postern-host': 'web-1', forwarded: 'host=web-1'})
    expect(json.items.map(({key, value}) => `${key}=${value.data}`)).toEqual(own)
    for (const query of ['host=web-1', 'labels=%7B%7D', 'agentId=web', 'environment=my-saas'])
      expect((await resolve(agent, {[query.split('=')[0]!]: query.split('=')[1]!})).status).toBe(400)
    expect(await values(await workload('agent-8', 'fleet'))).toEqual([])
    expect(await values(await workload('agent-9', 'fleet', '--label', 'team=..'))).toEqual([])
  })

  test('that is bound to scopes, too, gets nothing when its environment is fed from beyond them', async () => {
    const narrow = await workload('narrow', 'my-saas/prod', '--scope', 'my-saas/**')
    expect((await resolve(narrow)).json).toMatchObject({code: 'forbidden'})
    const wide = await workload('wide', 'my-saas/prod', '--scope', 'my-saas/**', '--scope', 'aws/**')
    expect(await values(wide, {only: 'A*'})).toEqual(['AWS_KEY=k'])
  })

  test('ends at once when it is revoked, and gets another text when it is rotated', async () => {
    const ended = await workload('ended', 'my-saas/prod')
    const {stdout} = await succeed(w.cli(['token', 'rotate', 'ended', '--yes']))
    expect(stdout.trim()).toMatch(/^postern_workload_/)
    expect((await resolve(ended)).status).toBe(401)
    expect((await resolve(stdout.trim())).status).toBe(200)
    await succeed(w.cli(['token', 'revoke', 'ended', '--yes']))
    expect((await resolve(stdout.trim())).status).toBe(401)
  })
})

describe('a resolve in the audit log', () => {
  test('is one entry, before the answer, which names every key and no value', async () => {
    await resolve()
    const entry = (await entries('environments.resolve')).at(-1)
    expect(entry).toMatchObject({
      actor: {kind: 'token', name: 'web'},
      surface: 'workload',
      outcome: 'disclosed',
      target: {kind: 'environment', name: 'my-saas/prod'},
      names: [
        'secret aws/prod AWS_KEY 1',
        'secret my-saas SHARED 1',
        'secret my-saas/prod DATABASE_URL 1',
        'variable my-saas/prod LOG_LEVEL 1',
      ],
    })
    const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', 'environments.resolve']))
    expect(stdout.trim().split('\n').at(-1)).toContain('my-saas/prod (4 names)')
    await succeed(w.cli(['audit', 'verify']))
  })

  test('says of each secret when it was read last, and by whom', async () => {
    const facts = async (scope: string, key: string) =>
      JSON.parse((await succeed(w.cli(['secret', 'describe', '--scope', scope, key, '--json']))).stdout)
    expect(await facts('my-saas', 'SHARED')).toMatchObject({lastReadBy: 'web', lastReadAt: expect.any(String)})
    expect(await facts('my-saas', 'DATABASE_URL')).toMatchObject({lastReadBy: null, lastReadAt: null})
  })

  test('has its list once, however often it is resolved', async () => {
    const [before] = await sqlOn(w.server.data, 'select count(*) as count from audit_names')
    await resolve()
    await resolve()
    expect((await sqlOn(w.server.data, 'select count(*) as count from audit_names'))[0]).toEqual(before)
  })

  test('is there for what was refused, too', async () => {
    const narrow = await workload('refused', 'my-saas/prod', '--scope', 'my-saas/**')
    await resolve(narrow)
    expect((await entries('environments.resolve')).at(-1)).toMatchObject({
      outcome: 'refused',
      code: 'forbidden',
      actor: {name: 'refused'},
      target: {kind: 'environment', name: 'my-saas/prod'},
    })
  })
})

describe('an etag', () => {
  test('that still stands is answered 304, without a body, and nothing is disclosed', async () => {
    const {json} = await resolve()
    const before = (await entries('environments.resolve')).length
    const same = await resolve(token, {}, {'if-none-match': `W/"${json.etag}"`})
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', `"${json.etag}"`])
    expect((await entries('environments.resolve')).length).toBe(before)
  })

  test.each(['"x"', '*', `"${'A'.repeat(43)}"`, 'nonsense'])('%s gets everything', async (etag) => {
    expect((await resolve(token, {}, {'if-none-match': etag})).status).toBe(200)
  })

  test.each<[string, string[], string]>([
    ['a new version', ['secret', 'set', '--scope', 'aws/prod', 'AWS_KEY'], 'k2'],
    ['a new key', ['variable', 'set', '--scope', 'my-saas/prod', 'NEW'], 'x'],
    ['a name that is declared', ['secret', 'declare', '--scope', 'my-saas/prod', 'MUCH_LATER'], ''],
    ['a deletion', ['variable', 'delete', '--scope', 'my-saas/prod', 'NEW', '--yes'], ''],
    ['a binding', ['environment', 'bind', 'my-saas', '--scope', 'teams/payments'], ''],
    ['the end of one', ['environment', 'unbind', 'my-saas', '--scope', 'teams/payments'], ''],
    ['a scope that is renamed', ['scope', 'rename', 'aws/prod', 'aws/live'], ''],
  ])('is another one after %s, and who waits for that is told', async (_, argv, stdin) => {
    const {json} = await resolve()
    const waiting = asToken(w.server, token, 'workloadChanges', {query: {etag: json.etag}})
    await sleep(50)
    await succeed(w.cli(argv, {stdin}))
    const answered = await waiting
    expect(answered.json).toMatchObject({changed: true})
    expect((await resolve()).json.etag).toBe(answered.json.etag)
    expect(answered.json.etag).not.toBe(json.etag)
  })

  test('stays when what changed is beyond what is asked for', async () => {
    const {json} = await resolve(token, {only: 'LOG_*'})
    await succeed(w.cli(['secret', 'set', '--scope', 'my-saas', 'SHARED'], {stdin: 'changed'}))
    await succeed(w.cli(['secret', 'set', '--scope', 'elsewhere', 'NOT_BOUND'], {stdin: 'changed'}))
    expect((await resolve(token, {only: 'LOG_*'})).json.etag).toBe(json.etag)
  })
})

describe('who waits for a change', () => {
  test('is told when its credential has ended', async () => {
    const ending = await workload('ending', 'my-saas/prod')
    const {json} = await resolve(ending)
    const waiting = asToken(w.server, ending, 'workloadChanges', {query: {etag: json.etag}})
    await sleep(50)
    await succeed(w.cli(['token', 'revoke', 'ending', '--yes']))
    expect((await waiting).status).toBe(401)
  })

  test('keeps nobody else waiting', async () => {
    const {json} = await resolve()
    const many = Array.from({length: 100}, () =>
      asToken(w.server, token, 'workloadChanges', {query: {etag: json.etag}}),
    )
    await sleep(200)
    expect((await resolve()).status).toBe(200)
    await succeed(w.cli(['variable', 'set', '--scope', 'my-saas/prod', 'LOG_LEVEL'], {stdin: 'debug'}))
    for (const {json: answered} of await Promise.all(many)) expect(answered.changed).toBe(true)
  })
})

describe('a person who is signed in', () => {
  const enter = (as: string, environment = 'my-saas/prod') =>
    asToken(w.server, as, 'environmentsEnter', {query: {environment}})

  test('enters an environment for 15 minutes, and is named in the log', async () => {
    const {json} = await enter(w.token)
    expect(json.token).toMatch(/^postern_workload_/)
    const lives = Date.parse(json.expiresAt) - Date.now()
    expect(lives).toBeGreaterThan(14 * 60_000)
    expect(lives).toBeLessThanOrEqual(15 * 60_000)
    expect(await values(json.token, {only: 'LOG_*'})).toEqual(['LOG_LEVEL=debug'])
    expect((await entries('environments.resolve')).at(-1)).toMatchObject({
      actor: {kind: 'session', name: 'owner'},
      surface: 'workload',
    })
    expect((await entries('environments.enter')).at(-1)).toMatchObject({actor: {name: 'owner'}, outcome: 'done'})
    expect((await asToken(w.server, json.token, 'workloadWhoami', {})).json).toMatchObject({
      agentId: 'owner',
      host: null,
      labels: {},
    })
  })

  test('whose token ends leaves no credential behind', async () => {
    const person = (
      await succeed(w.cli(['token', 'create', 'person', '--role', 'owner', '--expires', '5m']))
    ).stdout.trim()
    const {json} = await enter(person)
    expect(Date.parse(json.expiresAt) - Date.now()).toBeLessThanOrEqual(5 * 60_000)
    expect((await resolve(json.token)).status).toBe(200)
    await succeed(w.cli(['token', 'revoke', 'person', '--yes']))
    expect((await resolve(json.token)).status).toBe(401)
  })

  test('who is signed out leaves no credential behind either', async () => {
    const person = (await succeed(w.cli(['token', 'create', 'leaver', '--role', 'owner']))).stdout.trim()
    const {json} = await enter(person)
    expect((await resolve(json.token)).status).toBe(200)
    await succeed(w.cli(['session', 'revoke', '--token', 'leaver']))
    expect((await resolve(json.token)).status).toBe(401)
    await succeed(w.cli(['token', 'revoke', 'leaver', '--yes']))
  })

  test('without the permission, or with scopes that the environment reaches beyond, does not', async () => {
    const make = async (...argv: string[]) => (await succeed(w.cli(['token', 'create', ...argv]))).stdout.trim()
    expect((await enter(await make('admin', '--role', 'admin'))).status).toBe(403)
    const bound = await make('bound', '--role', 'owner', '--scope', 'my-saas/**')
    const [beyond, none] = [await enter(bound), await enter(bound, 'no-such')]
    expect([beyond.status, beyond.json]).toEqual([404, {...none.json, requestId: expect.anything()}])
    expect(
      (await enter(await make('bound-to-all', '--role', 'owner', '--scope', 'my-saas/**', '--scope', 'aws/**'))).status,
    ).toBe(200)
  })
})

test('a value that does not open fails the whole call, and is named', async () => {
  await w.server.stop()
  const [row] = await sqlOn<{id: number}>(w.server.data, "select id from entries where key = 'SHARED'")
  await flip(w.server.data, {table: 'versions', column: 'sealed', where: `entry_id = ${row!.id} and version = 1`})
  await flip(w.server.data, {table: 'versions', column: 'sealed', where: `entry_id = ${row!.id} and version = 2`})
  w.server = await startServer({data: w.server.data, home: w.home})
  const {status, json, text} = await resolve()
  expect([status, json]).toEqual([500, expect.objectContaining({code: 'damaged'})])
  expect(text).toMatch(/secret SHARED in my-saas/)
  expect(await values(token, {only: 'LOG_*'})).toEqual(['LOG_LEVEL=debug'])
})
