import {readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {roles} from '../../src/contract/permissions.ts'
import {isToken} from '../../src/formats/token.ts'
import {signIn} from '../world/browser.ts'
import {AUDIT_TABLES, contentOf, sqlOn} from '../world/database.ts'
import {run} from '../world/program.ts'
import {startServer} from '../world/server.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
beforeAll(async () => {
  w = await world()
  for (const scope of ['production', 'production/db', 'staging']) {
    await succeed(w.cli(['secret', 'set', '--scope', scope, 'PASSWORD'], {stdin: `of ${scope}`}))
    await succeed(w.cli(['variable', 'set', '--scope', scope, 'HOST'], {stdin: `host of ${scope}`}))
  }
})
afterAll(() => w.close())

const make = async (name: string, ...argv: string[]): Promise<string> =>
  (await succeed(w.cli(['token', 'create', name, ...argv]))).stdout.trim()
/** Runs the program with nothing but a token and the server's address. */
const as = (token: string, argv: string[], stdin = '') =>
  run(argv, join(w.folder, 'nobody'), {
    stdin,
    env: {POSTERN_URL: w.server.url, POSTERN_TOKEN: token, POSTERN_CA_FILE: join(w.server.data, 'tls/ca.crt')},
  })
const unchanged = async (work: () => Promise<void>) => {
  const before = await contentOf(w.server.data, AUDIT_TABLES)
  await work()
  expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
}

describe('a token', () => {
  test('is printed once, has the form that scanners know, and is stored as a hash', async () => {
    const {stdout, stderr} = await succeed(w.cli(['token', 'create', 'once', '--role', 'writer', '--expires', '90d']))
    const token = stdout.trim()
    expect(isToken(token)).toBe(true)
    expect(stderr).toMatch(
      /^Made token once: writer, of the whole organization, until \d{4}-.*It is shown this once\.\n$/,
    )
    expect(JSON.stringify(await contentOf(w.server.data))).not.toContain(token)
    const {stdout: listed} = await succeed(w.cli(['token', 'list', '--json']))
    expect(JSON.parse(listed).items).toContainEqual(
      expect.objectContaining({name: 'once', role: 'writer', scopes: null}),
    )
    expect(listed).not.toContain(token)
    expect(w.server.output()).not.toContain(token)
  })

  test('enrols whoever gets its enrolment string', async () => {
    const enrolment = await make('enrolled', '--role', 'writer', '--enrol')
    const home = join(w.folder, 'enrolled')
    await succeed(run(['login'], home, {stdin: enrolment}))
    expect((await succeed(run(['whoami'], home))).stdout).toContain('enrolled (writer) of default')
  })

  test('has a name that is given once', async () => {
    await make('twice', '--role', 'writer')
    await succeed(w.cli(['token', 'revoke', 'twice', '--yes']))
    expect(await w.cli(['token', 'create', 'twice', '--role', 'writer'])).toMatchObject({code: 6, stdout: ''})
  })

  test.each([
    ['a role that is none', ['x1', '--role', 'wizard'], 5],
    ['a pattern that is none', ['x2', '--role', 'writer', '--scope', 'a//b'], 2],
    ['a past expiry', ['x3', '--role', 'writer', '--expires', '2020-01-01'], 2],
    ['an expiry that is none', ['x4', '--role', 'writer', '--expires', 'soon'], 2],
    ['a block that is none', ['x5', '--role', 'writer', '--cidr', '10.0.0.0/99'], 2],
    ['an address that is no block', ['x6', '--role', 'writer', '--cidr', 'nowhere'], 2],
    ['a name that is none', ['a/b', '--role', 'writer'], 2],
    ['no role', ['x7'], 2],
  ])('is not made with %s', async (_, argv, code) => {
    await unchanged(async () => {
      const ran = await w.cli(['token', 'create', ...argv])
      expect(ran).toMatchObject({code, stdout: ''})
      expect(ran.stderr).not.toMatch(/wizard|a\/\/b|soon|nowhere|\/99/)
    })
  })

  test('ends when it is revoked, with the sessions that it opened', async () => {
    const token = await make('ending', '--role', 'writer')
    const {stdout} = await succeed(as(token, ['dashboard', 'open']))

    const session = await signIn(stdout.trim(), w.server.ca)
    expect((await session.call('whoami', {params: {}})).status).toBe(200)
    await succeed(w.cli(['token', 'revoke', 'ending', '--yes']))
    expect(await as(token, ['whoami'])).toMatchObject({code: 3})
    expect((await session.call('whoami', {params: {}})).status).toBe(401)
    expect((await succeed(w.cli(['token', 'list']))).stdout).not.toContain('ending')
    expect((await succeed(w.cli(['token', 'list', '--all']))).stdout).toMatch(/^ending\t.*\trevoked 2/m)
  })

  test('is rotated: the old text ends, all else stays', async () => {
    const old = await make('rotating', '--role', 'writer', '--scope', 'staging')
    const {stdout} = await succeed(w.cli(['token', 'rotate', 'rotating', '--yes']))
    expect(await as(old, ['whoami'])).toMatchObject({code: 3})
    expect((await succeed(as(stdout.trim(), ['whoami']))).stdout).toMatch(
      /rotating \(writer\)[\s\S]*Bound to: staging\n/,
    )
  })

  test.each([
    ['create', ['token', 'create', 'tried', '--role', 'writer'], /^\[dry-run\] would make token tried: writer, /],
    ['rotate', ['token', 'rotate', 'once'], /^\[dry-run\] would rotate token once: writer, /],
    ['org create', ['org', 'create', 'tried'], /^\[dry-run\] would create organization tried\n$/],
  ])('a trial of %s gives no token and changes nothing', async (_, argv, line) => {
    await unchanged(async () => {
      const {stdout, stderr} = await succeed(w.cli([...argv, '--dry-run']))
      expect(stdout).toMatch(line)
      expect(stdout + stderr + (await succeed(w.cli([...argv, '--dry-run', '--json']))).stdout).not.toContain(
        'postern_',
      )
    })
  })

  test('in use is rotated: its profile keeps the new text, which is printed, too', async () => {
    const home = join(w.folder, 'own')
    await succeed(run(['login'], home, {stdin: await make('own', '--role', 'admin', '--enrol')}))
    const ran = await succeed(run(['token', 'rotate', 'own', '--yes'], home))
    expect(isToken(ran.stdout.trim())).toBe(true)
    expect(ran.stderr).toContain('Profile default signs in with the new text from now on.\n')
    expect((await succeed(run(['whoami'], home))).stdout).toContain('own (admin)')
    const again = await succeed(as(ran.stdout.trim(), ['token', 'rotate', 'own', '--yes']))
    expect(again.stderr).toContain('came from the environment, and has ended')
    expect((await run(['whoami'], home)).code).toBe(3)
    const revoked = await succeed(as(again.stdout.trim(), ['token', 'revoke', 'own', '--yes']))
    expect(revoked.stderr).toContain('this was the token in use here')
  })

  test('says where it comes from, and what it may do within its scopes', async () => {
    const here = await make('here', '--role', 'owner', '--scope', 'staging', '--cidr', '127.0.0.1')
    const {stdout} = await succeed(as(here, ['whoami']))
    expect(stdout).toContain('From: 127.0.0.1/32\n')
    expect(stdout).toContain('secrets.write')
    expect(stdout).not.toMatch(/audit\.read|policy\.write|orgs\.write|roles\.write|keys\.rotate/)
    expect(JSON.parse((await succeed(as(here, ['whoami', '--json']))).stdout)).toMatchObject({cidrs: ['127.0.0.1/32']})
  })

  test('ends at its expiry', async () => {
    const token = await make('short', '--role', 'writer', '--expires', '1h')
    await succeed(as(token, ['whoami']))
    // The hour is over: the row says so, as the clock would.
    await sqlOn(w.server.data, "update tokens set expires_at = '2020-01-01T00:00:00.000Z' where name = 'short'")
    expect(await as(token, ['whoami'])).toMatchObject({code: 3})
    expect(await w.cli(['token', 'rotate', 'short', '--yes'])).toMatchObject({code: 5})
    expect((await succeed(w.cli(['token', 'list']))).stdout).toMatch(/^short\t.*\texpired 2020-01-01T00:00:00.000Z$/m)
  })

  test('serves from its addresses alone, and a try from elsewhere is recorded', async () => {
    const inside = await make('inside', '--role', 'writer', '--cidr', '127.0.0.0/8')
    const outside = await make('outside', '--role', 'writer', '--cidr', '192.0.2.0/24', '--cidr', '2001:db8::/32')
    await succeed(as(inside, ['secret', 'set', '--scope', 'staging', 'INSIDE'], 'value'))
    expect(await as(outside, ['secret', 'set', '--scope', 'staging', 'OUTSIDE'], 'value')).toMatchObject({code: 4})
    expect(await as(outside, ['secret', 'list'])).toMatchObject({code: 4, stdout: ''})
    const {stdout} = await succeed(w.cli(['audit', 'list', '--actor', 'outside', '--json']))
    expect(JSON.parse(stdout).entries ?? JSON.parse(stdout)).toHaveLength(1)
  })

  test('was never used before it was made', async () => {
    await make('fresh', '--role', 'writer')
    // Used in the minute that it was made in: what is stored is the minute's beginning.
    await sqlOn(
      w.server.data,
      "update tokens set created_at = '2026-01-01T10:00:40.000Z', last_used_at = '2026-01-01T10:00:00.000Z' where name = 'fresh'",
    )
    const {items} = JSON.parse((await succeed(w.cli(['token', 'list', '--json']))).stdout)
    expect(items).toContainEqual(expect.objectContaining({name: 'fresh', lastUsedAt: '2026-01-01T10:00:40.000Z'}))
  })

  test('shows when it was used last, once the server wrote it', async () => {
    const other = await world()
    try {
      await other.server.stop()
      const [row] = await sqlOn(other.server.data, "select last_used_at from tokens where name = 'owner'")
      expect(row).toEqual({last_used_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00\.000Z$/)})
    } finally {
      await other.close()
    }
  })
})

describe('a token that is bound to scopes', () => {
  let bound: string
  beforeAll(async () => {
    bound = await make('bound', '--role', 'owner', '--scope', 'production/**')
  })

  test.each([
    [['secret', 'list'], 'staging'],
    [['variable', 'list'], 'staging'],
    [['scope', 'list'], 'staging'],
    [['token', 'list', '--all'], 'twice'],
  ])('%j shows nothing else, not even a name', async (argv, hidden) => {
    const {stdout, stderr} = await succeed(as(bound, argv))
    expect(stdout).toMatch(/production|bound/)
    expect(stdout + stderr).not.toContain(hidden)
  })

  test.each([
    [['secret', 'set', '--scope', 'staging', 'PASSWORD']],
    [['secret', 'declare', '--scope', 'staging', 'NEW']],
    [['secret', 'delete', '--scope', 'staging', 'PASSWORD', '--yes']],
    [['secret', 'list', '--scope', 'staging']],
    [['variable', 'get', '--scope', 'staging', 'HOST']],
    [['variable', 'get', '--scope', 'no-such-scope', 'HOST']],
    [['variable', 'set', '--scope', 'production2', 'HOST']],
    [['policy', 'lock', '--all']],
    [['policy', 'reset', '--yes']],
    [['audit', 'list']],
    [['audit', 'verify']],
    [['role', 'create', 'mine', '--permission', 'secrets.list']],
    [['token', 'create', 'wider', '--role', 'writer']],
    [['token', 'create', 'wider', '--role', 'writer', '--scope', '**']],
    [['token', 'create', 'wider', '--role', 'writer', '--scope', 'production/**', '--scope', 'staging']],
    [['token', 'create', 'wider', '--role', 'writer', '--scope', '*']],
  ])('%j is forbidden and changes nothing', async (argv) => {
    await unchanged(async () => {
      expect(await as(bound, argv, 'value')).toMatchObject({code: 4, stdout: ''})
    })
  })

  test('a token outside of its scopes is absent to it', async () => {
    const answer = await Promise.all(
      ['owner', 'no-such-token'].flatMap((name) => [
        as(bound, ['token', 'revoke', name, '--yes']),
        as(bound, ['token', 'rotate', name, '--yes']),
      ]),
    )
    const texts = answer.map(({code, stderr}) => `${code} ${stderr.replace(/Request id: .*/, '')}`)
    expect(new Set([texts[0], texts[2]]).size).toBe(1)
    expect(new Set([texts[1], texts[3]]).size).toBe(1)
    expect(answer.every(({code}) => code === 5)).toBe(true)
  })

  test.each([
    [['token', 'revoke', 'none', '--yes'], 5, 'postern token list'],
    [['token', 'create', 'once', '--role', 'writer'], 6, 'postern token list --all   (shows which names are taken)'],
    [['token', 'create', 'new', '--role', 'none'], 5, 'postern role list'],
    [['role', 'delete', 'none', '--yes'], 5, 'postern role list'],
    [['org', 'show', 'none'], 5, 'postern org list'],
    [['secret', 'list', '--org', 'none'], 5, 'postern org list'],
    [['secret', 'history', '--scope', 'staging', 'NONE'], 5, 'postern secret list --scope staging'],
    [['variable', 'get', '--scope', 'staging', 'NONE'], 5, 'postern variable list --scope staging'],
    [
      ['variable', 'rollback', '--scope', 'staging', 'HOST', '--to', '9', '--yes'],
      5,
      'postern variable history --scope staging HOST',
    ],
    [['scope', 'delete', 'none', '--yes', '--org', 'default'], 5, 'postern scope list --org default'],
    [
      ['scope', 'delete', 'staging', '--yes'],
      6,
      'postern scope delete staging --recursive --dry-run   (shows what would go)',
    ],
  ])('a refusal of %j says what to type next', async (argv, code, next) => {
    expect(await w.cli(argv)).toMatchObject({code, stderr: expect.stringContaining(`\nNext: ${next}\n`)})
  })

  test('a refusal for its address sends nobody to a command that is refused, too', async () => {
    const elsewhere = await make('elsewhere', '--role', 'writer', '--cidr', '192.0.2.0/24')
    const {stderr} = await as(elsewhere, ['whoami'])
    expect(stderr).toContain('bound to addresses')
    expect(stderr).not.toContain('Next: postern')
  })

  test('a refusal without a valid token says once how to mend it: where the token came from', async () => {
    const wrong = `postern_${'A'.repeat(49)}`
    const given = await as(wrong, ['whoami'])
    expect(given.stderr).not.toContain('postern login')
    expect(given.stderr.match(/POSTERN_TOKEN or POSTERN_TOKEN_FILE/g)).toHaveLength(1)

    const home = join(w.folder, 'revoked')
    await succeed(run(['login'], home, {stdin: await make('to-revoke', '--role', 'writer', '--enrol')}))
    await succeed(w.cli(['token', 'revoke', 'to-revoke', '--yes']))
    const stored = await run(['whoami'], home)
    expect(stored.stderr.match(/postern login/g)).toHaveLength(1)
  })

  test('works within them, and makes tokens within them', async () => {
    await succeed(as(bound, ['secret', 'set', '--scope', 'production/new', 'KEY'], 'value'))
    const {stdout} = await succeed(
      as(bound, ['token', 'create', 'narrower', '--role', 'writer', '--scope', 'production/db']),
    )
    expect(await as(stdout.trim(), ['secret', 'set', '--scope', 'production', 'KEY'], 'value')).toMatchObject({code: 4})
    await succeed(as(stdout.trim(), ['secret', 'set', '--scope', 'production/db', 'KEY'], 'value'))
  })

  test('a star inside a pattern stands for one segment', async () => {
    await succeed(w.cli(['secret', 'set', '--scope', 'eu/db/one', 'KEY'], {stdin: 'value'}))
    await succeed(w.cli(['secret', 'set', '--scope', 'eu/web', 'KEY'], {stdin: 'value'}))
    const star = await make('star', '--role', 'writer', '--scope', '*/db/**')
    const {stdout} = await succeed(as(star, ['scope', 'list', '--json']))
    expect(JSON.parse(stdout).items.map(({scope}: {scope: string}) => scope)).toEqual(['eu/db/one', 'production/db'])
  })

  test('its dashboard session is bound as it is', async () => {
    const {stdout} = await succeed(as(bound, ['dashboard', 'open']))

    const session = await signIn(stdout.trim(), w.server.ca)
    const org = 'default'
    const listed = await session.call('secretsList', {params: {org}, query: {}})
    expect(listed.text).not.toContain('staging')
    const put = {params: {org, key: 'KEY'}, body: {value: {encoding: 'utf8', data: 'x'}}} as const
    expect((await session.call('secretsSet', {...put, query: {scope: 'staging'}})).status).toBe(403)
    expect((await session.call('secretsSet', {...put, query: {scope: 'production'}})).status).toBe(200)
  })
})

describe('nobody gains by another token', () => {
  test('an admin makes, rotates and revokes no owner', async () => {
    const admin = await make('admin', '--role', 'admin')
    for (const argv of [
      ['token', 'create', 'coup', '--role', 'owner'],
      ['token', 'rotate', 'owner', '--yes'],
      ['token', 'revoke', 'owner', '--yes'],
      ['role', 'create', 'revealer', '--permission', 'secrets.reveal'],
    ]) {
      await unchanged(async () => {
        expect(await as(admin, argv)).toMatchObject({code: 4, stdout: ''})
      })
    }
    await succeed(as(admin, ['token', 'create', 'helper', '--role', 'writer']))
  })

  test('a token makes none that outlives it or comes from elsewhere', async () => {
    const narrow = await make('narrow', '--role', 'admin', '--expires', '30d', '--cidr', '127.0.0.0/8')
    for (const more of [
      [],
      ['--expires', '31d', '--cidr', '127.0.0.1/32'],
      ['--expires', '1d'],
      ['--expires', '1d', '--cidr', '0.0.0.0/0'],
    ]) {
      expect(await as(narrow, ['token', 'create', 'long', '--role', 'writer', ...more])).toMatchObject({code: 4})
    }
    await succeed(
      as(narrow, ['token', 'create', 'inner', '--role', 'writer', '--expires', '1d', '--cidr', '127.0.0.1/32']),
    )
  })

  test('a token ends one that would outlive it, and does not renew it', async () => {
    const short = await make('eight-hours', '--role', 'admin', '--expires', '8h')
    const leaked = await make('leaked', '--role', 'writer')
    const rotated = await as(short, ['token', 'rotate', 'leaked', '--yes'])
    expect([rotated.code, rotated.stderr]).toEqual([4, expect.stringContaining('would outlive yours')])
    await succeed(as(leaked, ['whoami']))
    await succeed(as(short, ['token', 'revoke', 'leaked', '--yes']))
    expect(await as(leaked, ['whoami'])).toMatchObject({code: 3})
    expect(await as(short, ['token', 'revoke', 'owner', '--yes'])).toMatchObject({code: 4})
  })

  test('the last owner that does not expire stays, and another lets it go', async () => {
    expect(await w.cli(['token', 'revoke', 'owner', '--yes'])).toMatchObject({code: 6})
    await make('expiring', '--role', 'owner', '--expires', '10d')
    const refused = await w.cli(['token', 'revoke', 'owner', '--yes'])
    expect(refused).toMatchObject({code: 6})
    expect(refused.stderr).toContain('Next: postern token create NAME --role owner')
    await make('second', '--role', 'owner')
    const {stdout} = await succeed(w.cli(['token', 'revoke', 'owner', '--dry-run']))
    expect(stdout).toBe(
      '[dry-run] would revoke token owner: owner, of the whole organization, no expiry, which you are signed in with\n',
    )
    await succeed(w.cli(['token', 'revoke', 'second', '--yes']))
  })
})

describe('a role', () => {
  test('of your own allows what it names, and goes when nobody has it', async () => {
    await succeed(w.cli(['role', 'create', 'rotator', '--permission', 'secrets.list', '--permission', 'secrets.write']))
    expect((await succeed(w.cli(['role', 'show', 'rotator']))).stdout).toBe('secrets.list\nsecrets.write\n')
    const token = await make('robot', '--role', 'rotator')
    await succeed(as(token, ['secret', 'set', '--scope', 'staging', 'ROTATED'], 'value'))
    expect(await as(token, ['secret', 'delete', '--scope', 'staging', 'ROTATED', '--yes'])).toMatchObject({code: 4})
    expect((await succeed(as(token, ['whoami']))).stdout).toContain('May: secrets.list, secrets.write\n')
    expect(await w.cli(['role', 'delete', 'rotator', '--yes'])).toMatchObject({code: 6})
    await succeed(w.cli(['token', 'revoke', 'robot', '--yes']))
    await succeed(w.cli(['role', 'delete', 'rotator', '--yes']))
    expect(await w.cli(['role', 'show', 'rotator'])).toMatchObject({code: 5})
  })

  test.each(['owner', 'admin', 'writer', 'auditor'])(
    '%s is built in: shown, and neither made nor deleted',
    async (name) => {
      const {stdout} = await succeed(w.cli(['role', 'show', name]))
      expect(stdout.trim().split('\n')).toEqual([...roles[name as keyof typeof roles]])
      expect(await w.cli(['role', 'create', name, '--permission', 'secrets.list'])).toMatchObject({code: 6})
      expect(await w.cli(['role', 'delete', name, '--yes'])).toMatchObject({code: 6})
    },
  )

  test('named workload, from before there was a built-in one, is judged by what it allows, and can be deleted', async () => {
    await succeed(w.cli(['role', 'create', 'older', '--permission', 'secrets.list', '--permission', 'secrets.reveal']))
    await make('of-older', '--role', 'older')
    const token = await make('an-admin-of-roles', '--role', 'admin')
    await sqlOn(w.server.data, "update roles set name = 'workload' where name = 'older'")
    await sqlOn(w.server.data, "update tokens set role = 'workload' where name = 'of-older'")
    const rotated = await as(token, ['token', 'rotate', 'of-older', '--yes'])
    expect([rotated.code, rotated.stderr]).toEqual([4, expect.stringContaining('secrets.reveal')])
    expect(await w.cli(['role', 'delete', 'workload', '--yes'])).toMatchObject({code: 6})
    await succeed(w.cli(['token', 'revoke', 'of-older', '--yes']))
    await succeed(w.cli(['role', 'delete', 'workload', '--yes']))
    const {stderr} = await w.cli(['role', 'delete', 'workload', '--yes'])
    expect(stderr).toContain('A built-in role stays')
  })

  test('goes by nobody who could not have made it, and tokens are named to who may list them alone', async () => {
    const create = (name: string, ...permissions: string[]) =>
      succeed(w.cli(['role', 'create', name, ...permissions.flatMap((one) => ['--permission', one])]))
    await create('keeper', 'roles.write', 'roles.list', 'secrets.list')
    await create('naming-keeper', 'roles.write', 'tokens.list', 'secrets.list')
    await create('revealer', 'secrets.reveal', 'secrets.list')
    await create('lister', 'secrets.list')
    await make('hidden-one', '--role', 'lister')
    const [keeper, naming] = [await make('keeper', '--role', 'keeper'), await make('naming', '--role', 'naming-keeper')]
    await unchanged(async () => {
      const remove = async (token: string, role: string, status: number) => {
        const {code, stderr} = await as(token, ['role', 'delete', role, '--yes'])
        expect(code).toBe(status)
        return stderr
      }
      expect(await remove(keeper, 'revealer', 4)).toContain('This role allows what yours does not: secrets.reveal.')
      const counted = await remove(keeper, 'lister', 6)
      expect(counted).toContain('Tokens have this role (1).')
      expect(counted).not.toContain('hidden-one')
      expect(await remove(naming, 'lister', 6)).toContain('Tokens have this role: hidden-one.')
    })
  })

  test.each(['server', 'Server'])(
    'is not called %s, nor is a token: the audit log means the server by it',
    async (name) => {
      for (const argv of [
        ['role', 'create', name, '--permission', 'secrets.list'],
        ['token', 'create', name, '--role', 'writer'],
      ]) {
        await unchanged(async () => {
          const {stdout, stderr} = await w.cli(argv)
          expect([stdout, stderr]).toEqual(['', expect.stringContaining('The name "server" is the server’s own')])
        })
      }
    },
  )

  test('auditor reads names, policy and audit, nothing else', async () => {
    const auditor = await make('auditor', '--role', 'auditor')
    for (const argv of [
      ['secret', 'list'],
      ['variable', 'list'],
      ['scope', 'list'],
      ['policy', 'show'],
      ['audit', 'verify'],
    ])
      await succeed(as(auditor, argv))
    for (const argv of [
      ['variable', 'get', '--scope', 'staging', 'HOST'],
      ['secret', 'set', '--scope', 'staging', 'KEY'],
      ['policy', 'lock', '--all'],
      ['token', 'list'],
      ['dashboard', 'open'],
    ])
      expect(await as(auditor, argv, 'value')).toMatchObject({code: 4, stdout: ''})
  })
})

describe('requests without a valid credential', () => {
  const wrong = `postern_${'A'.repeat(49)}`

  test('are counted by address and token, and never hinder who has one', async () => {
    const other = await world()
    try {
      const ask = (token: string) => asToken(other.server, token, 'whoami', {params: {}})
      const answers = []
      for (let n = 0; n < 25; n += 1) answers.push((await ask(wrong)).status)
      expect(answers).toEqual([...Array(20).fill(401), ...Array(5).fill(429)])
      const limited = await ask(wrong)
      expect(limited.headers['retry-after']).toMatch(/^\d+$/)
      expect(limited.json).toMatchObject({code: 'rate_limited', retryAfter: Number(limited.headers['retry-after'])})
      const served = await Promise.all(Array.from({length: 100}, () => ask(other.token)))
      expect(new Set(served.map(({status}) => status))).toEqual(new Set([200]))
    } finally {
      await other.close()
    }
  })
})

describe('server recover-owner', () => {
  test('makes one more owner on the folder of a stopped server, and the audit log says so', async () => {
    const other = await world()
    try {
      const {data} = other.server
      const running = await other.cli(['server', 'recover-owner', '--data', data])
      expect(running.code).toBe(1)
      await other.server.stop()
      expect(await other.cli(['server', 'recover-owner', '--data', data, '--org', 'none'])).toMatchObject({code: 1})
      const listen = ['--listen', new URL(other.server.url).host]
      const first = readFileSync(join(data, 'owner-enrolment'), 'utf8')
      const recover = async (...args: string[]) =>
        (await succeed(other.cli(['server', 'recover-owner', '--data', data, ...args, '--json']))).stdout
      const {earlierFile, url} = JSON.parse(await recover('--public-url', 'https://other.example'))
      expect([readFileSync(earlierFile, 'utf8'), url]).toEqual([first, 'https://other.example'])
      // Where nothing says where the server is, it is where it was.
      const stdout = await recover()
      const {name, enrolmentFile, ...last} = JSON.parse(stdout) as {name: string; enrolmentFile: string; url: string}
      expect(last.url).toBe(other.server.url)
      expect(statSync(enrolmentFile).mode & 0o777).toBe(0o600)
      expect(stdout).not.toContain(readFileSync(enrolmentFile, 'utf8').trim())
      const again = await startServer({data, home: other.home, args: listen})
      try {
        await succeed(other.cli(['login', '--local', data]))
        expect((await succeed(other.cli(['whoami']))).stdout).toContain(`${name} (owner) of default`)
        const {stdout: log} = await succeed(other.cli(['audit', 'list', '--operation', 'server.recover-owner']))
        expect(log).toContain(name)
        await succeed(other.cli(['audit', 'verify']))
      } finally {
        await again.stop()
      }
    } finally {
      await other.close()
    }
  })

  test('says of a deleted organization that it was deleted', async () => {
    const other = await world()
    try {
      await succeed(other.cli(['org', 'create', 'gone']))
      await succeed(other.cli(['org', 'delete', 'gone', '--yes']))
      await other.server.stop()
      const {code, stderr} = await other.cli(['server', 'recover-owner', '--data', other.server.data, '--org', 'gone'])
      expect(code).toBe(1)
      expect(stderr).toContain('was deleted')
    } finally {
      await other.close()
    }
  })

  test('makes no store where there is none', async () => {
    const {code, stderr} = await w.cli(['server', 'recover-owner', '--data', join(w.folder, 'empty')])
    expect(code).toBe(1)
    expect(stderr).toContain('There is no store in')
  })
})

test('the audit log says what a token and a role may do, what a limit is, and of what scopes a bulk was refused', async () => {
  await succeed(w.cli(['role', 'create', 'noted', '--permission', 'secrets.write', '--permission', 'secrets.list']))
  const flags = ['--role', 'noted', '--scope', 'a/**', '--scope', 'b', '--cidr', '127.0.0.0/8']
  const token = await make('noted', ...flags, '--expires', '90d')
  await succeed(w.cli(['org', 'limits', '--kept-versions', '7', '--yes']))
  const value = {encoding: 'utf8', data: 'x'} as const
  for (const scopes of [['c'], ['c', 'd']])
    await asToken(w.server, token, 'secretsSetMany', {body: {items: scopes.map((scope) => ({scope, key: 'K', value}))}})
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit: 5}})
  const entries = json.entries.map(({canonical}) => JSON.parse(canonical)).sort((a, b) => a.sequence - b.sequence)
  expect(entries.map(({operation, target, reason}) => [operation, target.scope ?? null, reason])).toEqual([
    ['roles.create', null, 'secrets.list, secrets.write'],
    ['tokens.create', null, expect.stringMatching(/^noted, within a\/\*\*, b, from 127\.0\.0\.0\/8, until 20/)],
    ['orgs.limits', null, 'kept versions: 7'],
    ['secrets.set', 'c', null],
    ['secrets.set', 'c', 'of 2 scopes'],
  ])
})
