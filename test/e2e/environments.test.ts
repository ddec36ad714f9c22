import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
  for (const scope of ['my-saas', 'my-saas/prod', 'aws/prod', 'hosts/web-1'])
    await succeed(w.cli(['secret', 'set', '--scope', scope, 'KEY'], {stdin: `of ${scope}`}))
  await succeed(w.cli(['secret', 'set', '--scope', 'aws/prod', 'AWS_KEY'], {stdin: 'k'}))
})
afterAll(() => w.close())

const env = (...argv: string[]) => w.cli(['environment', ...argv])
const json = async (...argv: string[]) => JSON.parse((await succeed(env(...argv, '--json'))).stdout)
const unchanged = async (work: () => Promise<void>) => {
  const before = await contentOf(w.server.data, AUDIT_TABLES)
  await work()
  expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
}

describe('an environment', () => {
  test('is made once, listed, and shown with what feeds it', async () => {
    expect((await succeed(env('create', 'my-saas'))).stdout).toBe('Created environment my-saas\n')
    expect((await succeed(env('create', 'my-saas'))).stdout).toMatch(/^Nothing changed/)
    await succeed(env('create', 'my-saas/prod'))
    await succeed(env('bind', 'my-saas', '--scope', 'my-saas'))
    const bound = await succeed(
      env('bind', 'my-saas/prod', '--scope', 'aws/prod/**', '--key', 'AWS_KEY', '--host', 'web-*'),
    )
    expect(bound.stdout).toBe('Bound: my-saas/prod gets AWS_KEY of aws/prod/** for hosts web-*\n')
    const {items} = await json('list')
    expect(items).toMatchObject([
      {environment: 'my-saas', bindings: 1, tokens: 0, createdBy: 'owner'},
      {environment: 'my-saas/prod', bindings: 1, tokens: 0},
    ])
    expect(await json('show', 'my-saas/prod')).toMatchObject({
      own: [{scope: 'aws/prod/**', host: 'web-*', keys: ['AWS_KEY'], createdBy: 'owner'}],
      lent: [{environment: 'my-saas', scope: 'my-saas', host: '**', keys: null}],
    })
  })

  test('bound the same again is as it was; with other keys, these replace them', async () => {
    const again = ['bind', 'my-saas/prod', '--scope', 'aws/prod/**', '--host', 'web-*']
    expect((await succeed(env(...again, '--key', 'AWS_KEY'))).stdout).toMatch(/^Nothing changed/)
    await unchanged(async () => {
      const {stdout} = await succeed(env(...again, '--dry-run'))
      expect(stdout).toBe('[dry-run] would bind: my-saas/prod gets all of aws/prod/** for hosts web-*\n')
    })
    await succeed(env(...again))
    expect((await json('show', 'my-saas/prod')).own).toMatchObject([{keys: null}])
  })

  test('explains which binding gives each key, what it shadows and what gives nothing', async () => {
    await succeed(env('bind', 'my-saas/prod', '--scope', 'hosts/${host}'))
    await succeed(env('bind', 'my-saas/prod', '--scope', 'nothing/here'))
    const of = (scope: string, host = '**', environment = 'my-saas/prod') => ({environment, scope, host})
    expect(await json('explain', 'my-saas/prod', '--host', 'web-1', '--label', 'team:a')).toMatchObject({
      items: [
        {
          key: 'AWS_KEY',
          scope: 'aws/prod',
          kind: 'secret',
          version: 1,
          binding: of('aws/prod/**', 'web-*'),
          shadows: [],
        },
        {
          key: 'KEY',
          scope: 'aws/prod',
          binding: of('aws/prod/**', 'web-*'),
          shadows: [
            {scope: 'hosts/web-1', binding: of('hosts/${host}')},
            {scope: 'my-saas', binding: of('my-saas', '**', 'my-saas')},
          ],
        },
      ],
      idle: [{scope: 'nothing/here', why: 'empty'}],
    })
    const {stdout, stderr} = await succeed(env('explain', 'my-saas/prod', 'KEY'))
    expect(stdout).toBe('KEY\tsecret\tmy-saas\t1\tmy-saas: my-saas\t\n')
    expect(stderr.split('\n').slice(0, 3).sort()).toEqual([
      'The binding of my-saas/prod to aws/prod/** for web-* gives nothing: it is for other hosts.',
      'The binding of my-saas/prod to hosts/${host} gives nothing: what it is filled with was not said of the workload, or is no single segment.',
      'The binding of my-saas/prod to nothing/here gives nothing: there is nothing in its scopes.',
    ])
    expect((await env('explain', 'my-saas/prod', 'NO_SUCH_KEY')).code).toBe(1)
  })

  test('is renamed with all below it, and what is bound to it stays', async () => {
    await succeed(w.cli(['token', 'create', 'stays', '--environment', 'my-saas/prod']))
    await unchanged(async () => {
      const {stdout} = await succeed(env('rename', 'my-saas', 'saas', '--dry-run'))
      expect(stdout).toBe('[dry-run] would rename environment my-saas to saas (with 1 below it)\n')
    })
    await succeed(env('rename', 'my-saas', 'saas'))
    expect((await json('list')).items).toMatchObject([
      {environment: 'saas', bindings: 1},
      {environment: 'saas/prod', bindings: 3, tokens: 1},
    ])
    expect((await json('show', 'saas/prod')).lent).toMatchObject([{environment: 'saas', scope: 'my-saas'}])
    await succeed(env('create', 'taken/x'))
    expect(await env('rename', 'saas', 'taken')).toMatchObject({code: 6})
    expect(await env('rename', 'saas', 'saas/below')).toMatchObject({code: 2})
    expect(await env('rename', 'no-such', 'else')).toMatchObject({code: 5})
    await succeed(env('rename', 'saas', 'my-saas'))
  })

  test('that a token is bound to is not deleted; then it goes with its bindings, and what is below it stays', async () => {
    await unchanged(async () => {
      const refused = await env('delete', 'my-saas/prod', '--yes')
      expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('postern token revoke stays')])
    })
    await succeed(w.cli(['token', 'revoke', 'stays', '--yes']))
    expect((await env('delete', 'my-saas/prod')).code).toBe(2)
    const {stdout} = await succeed(env('delete', 'my-saas/prod', '--yes'))
    expect(stdout).toBe('Deleted environment my-saas/prod and its 3 bindings\n')
    expect((await succeed(w.cli(['token', 'list', '--all']))).stdout).toContain('workload of none')
    await succeed(env('create', 'my-saas/dev'))
    await succeed(env('delete', 'my-saas', '--yes'))
    expect(await json('show', 'my-saas/dev')).toMatchObject({own: [], lent: []})
  })

  test('is unbound by what it was bound by', async () => {
    await succeed(env('bind', 'my-saas/dev', '--scope', 'aws/**', '--host', 'web-1'))
    expect((await env('unbind', 'my-saas/dev', '--scope', 'aws/**')).code).toBe(5)
    const {stdout} = await succeed(env('unbind', 'my-saas/dev', '--scope', 'aws/**', '--host', 'web-1'))
    expect(stdout).toBe('Unbound: my-saas/dev no longer gets all of aws/** for hosts web-1\n')
    expect((await json('show', 'my-saas/dev')).own).toEqual([])
  })
})

describe('is refused', () => {
  test.each<[string, string[], number, RegExp]>([
    ['a pattern with a placeholder in a segment', ['bind', 'e', '--scope', 'x-${host}'], 2, /--scope is not right/],
    ['a host that is a sentence', ['bind', 'e', '--scope', 'x', '--host', 'a b'], 2, /--host is not right/],
    [
      'an expression that is none',
      ['bind', 'my-saas/dev', '--scope', 'x', '--host', '/(/'],
      1,
      /no regular expression/,
    ],
    [
      'a look ahead, which takes no bounded time',
      ['bind', 'my-saas/dev', '--scope', 'x', '--host', '/(?=a)/'],
      1,
      /RE2/,
    ],
    ['an environment that is not there', ['bind', 'no-such', '--scope', 'x'], 5, /Next: postern environment list/],
    ['a label without a text', ['explain', 'my-saas/dev', '--label', 'team='], 2, /--label is not right/],
    ['a label that is given twice', ['explain', 'my-saas/dev', '--label', 'a=1', '--label', 'a=2'], 2, /given twice/],
  ])('%s', async (_, argv, code, said) => {
    await unchanged(async () => {
      const ran = await env(...argv)
      expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(said)])
    })
  })
})

describe('who may', () => {
  const bindTo = (token: string, environment: string, scope: string) =>
    asToken(w.server, token, 'environmentsBind', {query: {environment}, body: {scope}})
  const bind = (token: string, scope: string) => bindTo(token, 'my-saas/dev', scope)
  const made = async (...argv: string[]) => (await succeed(w.cli(['token', 'create', ...argv]))).stdout.trim()

  test('an owner of some scopes binds these, and no pattern that might be filled to reach beyond', async () => {
    const token = await made('of-aws', '--role', 'owner', '--scope', 'aws/**')
    await succeed(w.cli(['environment', 'create', 'cloud/eu']))
    const bind = (as: string, scope: string) => bindTo(as, 'cloud/eu', scope)
    expect((await bind(token, 'aws/prod/**')).status).toBe(200)
    expect((await bind(token, 'aws/${host}')).status).toBe(200)
    for (const scope of ['**', 'other', '${host}/prod', '*/prod']) {
      const {status, json: problem} = await bind(token, scope)
      expect([scope, status, problem]).toEqual([scope, 403, expect.objectContaining({code: 'forbidden'})])
    }
    const {stdout} = await succeed(w.cli(['audit', 'list', '--operation', 'environments.bind', '--json']))
    const {target, outcome} = JSON.parse(stdout).entries.at(-1)
    expect({target, outcome}).toEqual({
      target: {kind: 'environment', name: 'cloud/eu', scope: '*/prod'},
      outcome: 'refused',
    })
  })

  test.each([
    ['the environment itself', 'shop/web'],
    ['its collection', 'shop/web/eu'],
    ['what it lends to', 'shop'],
  ])('an owner of some scopes takes no hold of what others feed: %s', async (_, environment) => {
    const token = await made(`aws-of-${environment.replaceAll('/', '-')}`, '--role', 'owner', '--scope', 'aws/**')
    for (const name of ['shop', 'shop/web', 'shop/web/eu', 'shop-2']) await w.cli(['environment', 'create', name])
    await succeed(w.cli(['environment', 'bind', 'shop/web', '--scope', 'web']))
    const absent = await bindTo(token, 'absent', 'aws/prod')
    expect([absent.status, absent.json]).toEqual([404, expect.objectContaining({code: 'not_found'})])
    const {status, json: problem} = await bindTo(token, environment, 'aws/prod')
    expect([status, problem]).toEqual([404, {...(absent.json as object), requestId: expect.any(String)}])
    expect((await bindTo(token, 'shop-2', 'aws/prod')).status).toBe(200)
    const {stdout} = await succeed(w.cli(['environment', 'show', environment, '--json']))
    expect(stdout).not.toContain('aws')
  })

  test('an admin, who may not hand secrets on, neither binds nor makes a token for a workload', async () => {
    const token = await made('an-admin', '--role', 'admin')
    expect((await bind(token, 'aws')).status).toBe(403)
    const body = {name: 'never', role: 'workload', environment: 'my-saas/dev'}
    expect((await asToken(w.server, token, 'tokensCreate', {body})).json).toMatchObject({code: 'forbidden'})
  })

  test.each<[string, object]>([
    ['another role', {role: 'writer', environment: 'my-saas/dev'}],
    ['the role of a workload, of no environment', {role: 'workload'}],
    ['a host, of no environment', {role: 'writer', host: 'web-1'}],
    ['labels, of no environment', {role: 'writer', labels: {a: 'b'}}],
  ])('nobody makes a token with %s', async (_, facts) => {
    const body = {name: 'mixed', role: 'writer', ...facts}
    expect((await asToken(w.server, w.token, 'tokensCreate', {body})).status).toBe(400)
  })
})
