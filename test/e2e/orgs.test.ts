import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import {type RouteName, routes} from '../../src/contract/routes/index.ts'
import {decodeEnrolment} from '../../src/formats/enrolment.ts'
import {type Asks, signIn, target} from '../world/browser.ts'
import {AUDIT_TABLES, contentOf, sqlOn} from '../world/database.ts'
import {request} from '../world/request.ts'
import {storedVersions} from '../world/stored.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

/** Names that stand in paths, too, or sound like a rank. */
const TENANTS = ['root', 'admin', 'v1']

let w: World
const tokens: Record<string, string> = {}
beforeAll(async () => {
  w = await world()
  for (const name of TENANTS) {
    const {stdout} = await succeed(w.cli(['org', 'create', name, '--profile', 'default']))
    tokens[name] = decodeEnrolment(stdout.trim())!.token
    await succeed(w.cli(['login', '--profile', name], {stdin: stdout}))
  }
  await succeed(w.cli(['profile', 'use', 'default']))
})
afterAll(() => w?.close())

const json = async (argv: string[]) => {
  const {code, stdout} = await w.cli([...argv, '--json'])
  return {code, ...JSON.parse(stdout)}
}
const as = (profile: string, ...argv: string[]) => json([...argv, '--profile', profile])
const entriesOf = async (org: string, token: string): Promise<AuditEntry[]> => {
  const {json} = await asToken(w.server, token, 'auditList', {params: {org}, query: {after: 0}})
  return json.entries.map(({canonical}) => JSON.parse(canonical) as AuditEntry)
}

describe('org create', () => {
  test('prints an enrolment that signs in as the first owner of the new organization, and nothing else', async () => {
    const {stdout, stderr} = await succeed(w.cli(['org', 'create', 'acme']))
    expect(decodeEnrolment(stdout)).toMatchObject({
      url: w.server.url,
      caFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(stdout).toMatch(/^\S+\n$/)
    expect(stderr).not.toContain(decodeEnrolment(stdout)!.token)
    await succeed(w.cli(['login', '--profile', 'acme'], {stdin: stdout}))
    expect(await as('acme', 'whoami')).toMatchObject({code: 0, org: 'acme', role: 'owner', scopes: null})
    await succeed(w.cli(['profile', 'use', 'default']))
  })

  test('refuses a name under which a client could keep nothing', async () => {
    expect(await w.cli(['org', 'create', '__proto__'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not "__proto__"'),
    })
    const {status} = await asToken(w.server, w.token, 'orgsCreate', {
      params: {org: 'default'},
      body: {name: '__proto__'},
    })
    expect(status).toBe(400)
    await succeed(w.cli(['org', 'create', '__proto__x']))
  })

  test('is the first entry of the new log and stands in that of the first one', async () => {
    const [first] = await entriesOf('root', tokens.root!)
    expect(first).toMatchObject({
      org: 'root',
      sequence: 1,
      operation: 'orgs.create',
      outcome: 'done',
      target: {kind: 'organization', name: 'root'},
    })
    const there = await entriesOf('default', w.token)
    expect(there.find(({requestId}) => requestId === first!.requestId)).toMatchObject({
      org: 'default',
      operation: 'orgs.create',
      target: first!.target,
    })
    expect((await succeed(w.cli(['audit', 'verify', '--profile', 'root']))).stdout).toMatch(/^Verified: /)
  })

  test.each([
    ['a name that is taken', 'root', 6, 'already_exists'],
    ['the first one’s', 'default', 6, 'already_exists'],
    ['what is no name', '..', 2, 'usage'],
    ['two segments', 'a/b', 2, 'usage'],
  ])('refuses %s', async (_, name, code, said) => {
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    expect(await json(['org', 'create', name])).toMatchObject({code, error: {code: said}})
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })

  test.each<[string, Partial<Asks<'tokensCreate'>['body']>, RegExp]>([
    ['may do less', {role: 'org-maker'}, /its role allows .*secrets\.reveal.*, and yours does not/],
    ['is bound to addresses', {cidrs: ['127.0.0.0/8']}, /may come from addresses that yours may not/],
    ['ends', {expiresAt: '2999-01-01T00:00:00.000Z'}, /would outlive yours/],
  ])('is refused to a token that %s, since its owner token would be wider', async (why, more, said) => {
    await w.cli(['role', 'create', 'org-maker', '--permission', 'orgs.write'])
    const name = `maker-that-${why.replaceAll(' ', '-')}`
    const {json: maker} = await asToken(w.server, w.token, 'tokensCreate', {body: {name, role: 'owner', ...more}})
    const before = await contentOf(w.server.data, ['tokens', ...AUDIT_TABLES])
    const {status, json, text} = await asToken(w.server, maker.token!, 'orgsCreate', {body: {name: 'wider'}})
    expect([status, json]).toEqual([
      403,
      expect.objectContaining({code: 'forbidden', detail: expect.stringMatching(said)}),
    ])
    expect(text).not.toContain('postern_')
    expect(await contentOf(w.server.data, ['tokens', ...AUDIT_TABLES])).toEqual(before)
  })

  test('gives its token once: a repeat makes nothing and shows nothing', async () => {
    const once = () =>
      asToken(w.server, w.token, 'orgsCreate', {body: {name: 'once'}}, {'x-request-id': 'the-same-request'})
    expect((await once()).status).toBe(200)
    const again = await once()
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('reply_spent')])
    expect(again.text).not.toContain('postern_')
  })
})

describe('organizations are managed from the first one', () => {
  test('which lists and shows them all', async () => {
    const names = (await json(['org', 'list'])).items.map(({name}: {name: string}) => name)
    expect(names).toEqual(expect.arrayContaining(['default', ...TENANTS]))
    expect(await json(['org', 'show', 'v1'])).toMatchObject({name: 'v1', deletedAt: null, tokens: 1, secrets: 0})
    expect(await json(['org', 'show', 'nobody'])).toMatchObject({code: 5})
  })

  test('by pages', async () => {
    const found: string[] = []
    for (let cursor: string | undefined; ; ) {
      const {json} = await asToken(w.server, w.token, 'orgsList', {
        query: {limit: 2, ...(cursor === undefined ? {} : {cursor})},
      })
      found.push(...json.items.map(({name}) => name))
      if (json.nextCursor === null) break
      cursor = json.nextCursor
    }
    expect(found).toEqual([...found].sort())
    expect(found).toEqual(expect.arrayContaining(TENANTS))
  })

  test('while another sees itself alone, and makes and deletes none', async () => {
    expect((await as('admin', 'org', 'list')).items).toEqual([expect.objectContaining({name: 'admin'})])
    expect(await as('admin', 'org', 'show', 'admin')).toMatchObject({code: 0, name: 'admin'})
    expect((await as('admin', 'org', 'show', 'root')).error).toMatchObject(
      (({requestId: _, ...rest}) => rest)((await as('admin', 'org', 'show', 'nobody')).error),
    )
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    expect(await as('admin', 'org', 'create', 'sub')).toMatchObject({code: 4, error: {code: 'forbidden'}})
    for (const name of ['admin', 'root', 'default', 'nobody'])
      expect(await as('admin', 'org', 'delete', name, '--yes')).toMatchObject({code: 4, error: {code: 'forbidden'}})
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })

  test('the dashboard has no part in it', async () => {
    const dashboard = await w.dashboard()
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['GET', '/root'],
      ['DELETE', '/root'],
    ] as const)
      expect((await dashboard.send(`/dashboard/v1/orgs/default/organizations${path}`, {method})).status).toBe(404)
  })
})

describe('tenants are apart', () => {
  test('the same scope, key and value stand in each, and share nothing', async () => {
    for (const profile of ['default', 'root', 'admin']) {
      await succeed(
        w.cli(['secret', 'set', '--scope', 'shared', 'DB', '--profile', profile], {stdin: 'the same value'}),
      )
      await succeed(
        w.cli(['variable', 'set', '--scope', 'shared', 'HOST', '--profile', profile], {stdin: `of ${profile}`}),
      )
    }
    expect((await succeed(w.cli(['variable', 'get', '--scope', 'shared', 'HOST', '--profile', 'root']))).stdout).toBe(
      'of root',
    )
    const rows = await sqlOn<{sealed: Uint8Array; equality: Uint8Array}>(
      w.server.data,
      "select sealed, equality from versions join entries on id = entry_id where key = 'DB'",
    )
    expect(rows.length).toBe(3)
    const different = (list: Uint8Array[]) => new Set(list.map((bytes) => Buffer.from(bytes).toString('hex'))).size
    expect(different(rows.map(({sealed}) => sealed))).toBe(3)
    expect(different(rows.map(({equality}) => equality))).toBe(3)
  })

  test('one writes on where another has locked its dashboard', async () => {
    await succeed(w.cli(['policy', 'lock', '--all', '--profile', 'root']))
    const {url} = await as('admin', 'dashboard', 'open')
    const dashboard = await signIn(url, w.server.ca)
    const set = {
      params: {org: 'admin', key: 'DB'},
      query: {scope: 'shared'},
      body: {value: {encoding: 'utf8', data: 'new'}},
    } as const
    expect((await dashboard.call('secretsSet', set)).status).toBe(200)
    expect((await dashboard.call('secretsSet', {...set, params: {org: 'root', key: 'DB'}})).status).toBe(404)
  })

  test.each(Object.keys(routes).filter((name) => routes[name as RouteName].path.includes(':org')))(
    '%s answers for another’s organization as for one that is not there',
    async (name) => {
      const ask = async (org: string, token: string) => {
        const {method, path} = target('cli', routes[name as RouteName], {params: {org, key: 'DB', name: 'owner'}})
        const headers = {authorization: `Bearer ${token}`}
        const {status, json} = await request(w.server.url, path, w.server.ca, {method, headers})
        const {requestId: _, ...rest} = json
        return {status, ...rest}
      }
      const before = await contentOf(w.server.data, ['tokens'])
      for (const [token, others] of [
        [tokens.root!, ['default', 'admin', 'v1']],
        [w.token, TENANTS],
      ] as const) {
        const absent = await ask('nobody', token)
        expect(absent).toMatchObject({status: 404, code: 'not_found'})
        for (const other of others) expect(await ask(other, token)).toEqual(absent)
      }
      // When a token was used last is written once a minute.
      expect(await contentOf(w.server.data, ['tokens'])).toEqual(before)
    },
  )
})

describe('org delete', () => {
  beforeAll(async () => {
    await succeed(w.cli(['secret', 'set', '--scope', 's', 'DB', '--profile', 'v1'], {stdin: 'to be gone'}))
    await succeed(w.cli(['variable', 'set', '--scope', 's', 'HOST', '--profile', 'v1'], {stdin: 'to be gone'}))
    await succeed(w.cli(['policy', 'lock', '--all', '--profile', 'v1']))
  })

  test('needs --yes without a terminal, and spares the first one', async () => {
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    expect(await json(['org', 'delete', 'v1'])).toMatchObject({code: 2, error: {code: 'usage'}})
    expect(await json(['org', 'delete', 'default', '--yes'])).toMatchObject({code: 4, error: {code: 'forbidden'}})
    expect(await json(['org', 'delete', 'nobody', '--yes'])).toMatchObject({code: 5, error: {code: 'not_found'}})
    expect((await succeed(w.cli(['org', 'delete', 'v1', '--dry-run']))).stdout).toBe(
      '[dry-run] would delete organization v1 (1 secret, 1 variable, 2 versions, 1 token)\n',
    )
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })

  test('asks for the name to be typed, takes all, ends every credential, and keeps the log', async () => {
    const {url} = await as('v1', 'dashboard', 'open')
    const session = await signIn(url, w.server.ca)
    const held = await countOf('v1')
    expect(held).toEqual({entries: 2, versions: 2, scopes: 1, policy_rules: 1, sessions: 1})

    const at = /Type v1 to go ahead:/
    expect((await onTerminal(['org', 'delete', 'v1'], w.home, [{at, type: 'yes\r'}])).code).toBe(1)
    expect((await onTerminal(['org', 'delete', 'v1'], w.home, [{at, type: '\u0003'}])).code).toBe(130)
    expect(await countOf('v1')).toEqual(held)
    const done = await onTerminal(['org', 'delete', 'v1'], w.home, [{at, type: 'v1\r'}])
    expect([done.code, done.screen]).toEqual([0, expect.stringContaining('Deleted organization v1')])

    expect(await countOf('v1')).toEqual({entries: 0, versions: 0, scopes: 0, policy_rules: 0, sessions: 0})
    expect(await as('v1', 'whoami')).toMatchObject({code: 3, error: {code: 'unauthenticated'}})
    expect((await session.send('/dashboard/v1/whoami')).status).toBe(401)
    expect(await as('root', 'variable', 'list')).toMatchObject({
      code: 0,
      items: [expect.objectContaining({key: 'HOST'})],
    })
  })

  test('its log is read and verified from the first organization, and from no other', async () => {
    const {entries} = await json(['audit', 'list', '--org', 'v1'])
    expect(entries.at(-1)).toMatchObject({org: 'v1', operation: 'orgs.delete', outcome: 'done', actor: {name: 'owner'}})
    expect((await entriesOf('default', w.token)).at(-1)).toMatchObject({
      org: 'default',
      operation: 'orgs.delete',
      target: {name: 'v1'},
    })
    expect((await succeed(w.cli(['audit', 'verify', '--org', 'v1']))).stdout).toMatch(/^Verified: /)
    for (const org of ['v1', 'nobody'])
      expect(await as('root', 'audit', 'list', '--org', org)).toMatchObject({code: 5, error: {code: 'not_found'}})
    expect(await json(['secret', 'list', '--org', 'v1'])).toMatchObject({code: 5})
  })

  test('its name stays taken, and it is listed among the deleted', async () => {
    const {error} = await json(['org', 'create', 'v1'])
    expect(error).toMatchObject({code: 'already_exists', message: expect.stringContaining('audit log is kept')})
    expect((await json(['org', 'list', '--deleted'])).items).toEqual([
      expect.objectContaining({name: 'v1', deletedAt: expect.any(String)}),
    ])
    expect((await json(['org', 'list'])).items.map(({name}: {name: string}) => name)).not.toContain('v1')
    expect((await succeed(w.cli(['org', 'show', 'v1']))).stdout).toContain('its audit log is left')
    expect(await json(['org', 'delete', 'v1', '--yes'])).toMatchObject({code: 5})
  })
})

test('every value opens in its own organization, and all logs verify', async () => {
  for (const profile of ['default', 'root', 'admin']) await succeed(w.cli(['audit', 'verify', '--profile', profile]))
  await w.server.stop()
  const stored = await storedVersions(w.server.data)
  expect(new Set(stored.map(({org}) => org))).toEqual(new Set(['default', 'root', 'admin']))
  expect(stored).toContainEqual({
    org: 'root',
    kind: 'variable',
    scope: 'shared',
    key: 'HOST',
    version: 1,
    value: 'of root',
  })
})

/** How many rows of an organization there are. */
async function countOf(org: string): Promise<Record<string, number>> {
  const its = 'org_id = (select id from organizations where name = ?)'
  const where = {
    entries: its,
    versions: `entry_id in (select id from entries where ${its})`,
    scopes: its,
    policy_rules: its,
    sessions: `token_id in (select id from tokens where ${its})`,
  }
  const counts = Object.entries(where).map(async ([table, rows]) => {
    const counted = await sqlOn<{n: number}>(w.server.data, `select count(*) as n from ${table} where ${rows}`, org)
    return [table, counted[0]!.n] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}
