import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {AuditEntry} from '../../src/contract/routes/audit.ts'
import type {Session} from '../world/browser.ts'
import {AUDIT_TABLES, contentOf, sqlOn} from '../world/database.ts'
import {storedVersions} from '../world/stored.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let dashboard: Session
beforeAll(async () => {
  w = await world()
  dashboard = await w.dashboard()
})
afterAll(() => w?.close())

const set = (noun: string, scope: string, key: string, value: string, ...flags: string[]) =>
  succeed(w.cli([noun, 'set', '--scope', scope, key, ...flags], {stdin: value}))
const json = async (argv: string[]) => {
  const {code, stdout} = await w.cli([...argv, '--json'])
  return {code, ...JSON.parse(stdout)}
}
const scopes = async () => (await json(['scope', 'list'])).items.map(({scope}: {scope: string}) => scope)
const audited = async (operation: string): Promise<AuditEntry[]> => {
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {operation, after: 0}})
  return json.entries.map(({canonical}) => JSON.parse(canonical) as AuditEntry)
}
const unchanged = async (attempt: () => Promise<unknown>) => {
  const before = await contentOf(w.server.data, AUDIT_TABLES)
  await attempt()
  expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
}

describe('scope create', () => {
  test('makes an empty scope, once', async () => {
    expect((await w.cli(['scope', 'create', 'made/here', '--dry-run'])).stdout).toBe(
      '[dry-run] would create scope made/here\n',
    )
    expect(await scopes()).not.toContain('made/here')
    expect((await w.cli(['scope', 'create', 'made/here'])).stdout).toBe('Created scope made/here\n')
    expect((await w.cli(['scope', 'list'])).stdout).toContain('made/here\t0\t0\n')
    expect(await json(['scope', 'create', 'made/here'])).toEqual({code: 0, scope: 'made/here', changed: false})
    expect((await audited('scopes.create')).map(({outcome, target}) => [outcome, target])).toEqual([
      ['done', {kind: 'scope', scope: 'made/here'}],
      ['unchanged', {kind: 'scope', scope: 'made/here'}],
    ])
  })

  test('takes no name that is none', async () => {
    for (const name of ['../x', 'a//b', 'a/', 'ｘ'])
      expect(await json(['scope', 'create', name])).toMatchObject({code: 2, error: {code: 'usage'}})
  })
})

describe('scope delete', () => {
  test('refuses what is not empty, needs --yes, and takes all with --recursive', async () => {
    await set('secret', 'old', 'DB', 'one')
    await set('variable', 'old/eu', 'HOST', 'two')
    await set('secret', 'older', 'DB', 'neighbour')
    await unchanged(async () => {
      expect(await json(['scope', 'delete', 'old'])).toMatchObject({code: 2, error: {code: 'usage'}})
      expect(await json(['scope', 'delete', 'old', '--yes'])).toMatchObject({code: 6, error: {code: 'not_empty'}})
      expect(await json(['scope', 'delete', 'nowhere', '--yes'])).toMatchObject({code: 5})
      expect((await w.cli(['scope', 'delete', 'old', '--recursive', '--dry-run'])).stdout).toBe(
        '[dry-run] would delete scope old (2 scopes, 1 secret, 1 variable)\n',
      )
    })
    expect((await w.cli(['scope', 'delete', 'old', '--recursive', '--yes'])).stdout).toBe(
      'Deleted scope old (2 scopes, 1 secret, 1 variable)\n',
    )
    expect(await scopes()).toContain('older')
    expect(await scopes()).not.toContain('old')
    expect((await w.cli(['variable', 'get', '--scope', 'old/eu', 'HOST'])).code).toBe(5)
    expect(
      (await audited('scopes.delete')).filter(({outcome}) => outcome === 'done').map(({target}) => target),
    ).toEqual([
      {kind: 'scope', scope: 'old'},
      {kind: 'scope', scope: 'old/eu'},
      {kind: 'secret', scope: 'old', name: 'DB', version: 1},
      {kind: 'variable', scope: 'old/eu', name: 'HOST', version: 1},
    ])
  })

  test('hides a value as its own deletion does: its number goes on, and it can be restored', async () => {
    for (const key of ['DB', 'BACK']) await set('secret', 'again', key, 'one')
    await succeed(w.cli(['scope', 'delete', 'again', '-r', '-y']))
    expect((await set('secret', 'again', 'DB', 'one')).stdout).toContain('version 2')
    expect(await json(['secret', 'restore', '--scope', 'again', 'BACK'])).toMatchObject({code: 0, version: 1})
  })

  test('asks on a terminal with what would go', async () => {
    await set('secret', 'asked', 'DB', 'one')
    const argv = ['scope', 'delete', 'asked', '--recursive']
    const at = /Delete scope asked \(1 scope, 1 secret, 0 variables\)\?/
    expect((await onTerminal(argv, w.home, [{at, type: 'n\r'}])).code).toBe(1)
    expect(await scopes()).toContain('asked')
    expect((await onTerminal(argv, w.home, [{at, type: 'y\r'}])).code).toBe(0)
    expect(await scopes()).not.toContain('asked')
  })
})

describe('a scope with a locked variable', () => {
  test.each([
    {route: 'scopesDelete', more: {query: {scope: 'held', recursive: true}}, cli: 'postern scope delete held'},
    {
      route: 'scopesRename',
      more: {query: {scope: 'held'}, body: {to: 'let-go'}},
      cli: 'postern scope rename held let-go',
    },
  ] as const)('is refused to the dashboard, and not to the CLI: $route', async ({route, more, cli}) => {
    await set('variable', 'held/eu', 'HOST', 'x', '--locked')
    await unchanged(async () => {
      const {status, json} = await dashboard.call(route, more as never)
      expect([status, json.code, json.cliEquivalent]).toEqual([403, 'variable_locked', cli])
    })
    expect((await asToken(w.server, w.token, route, more as never)).status).toBe(200)
  })
})

describe('scope rename', () => {
  test('moves the scope and all below it, each version with its number and its date', async () => {
    for (const value of ['one', 'two']) await set('variable', 'from', 'HOST', value)
    await set('secret', 'from/eu', 'DB', 'three')
    await set('secret', 'from/eu', 'OLD', 'four')
    await succeed(w.cli(['secret', 'delete', '--scope', 'from/eu', 'OLD', '--yes']))
    await set('variable', 'from-2', 'HOST', 'neighbour')
    await succeed(w.cli(['secret', 'describe', '--scope', 'from/eu', 'DB', '--tag', 'team=pay']))
    const before = await stampsIn('from')
    expect((await w.cli(['scope', 'rename', 'from', 'to/here'])).stdout).toBe(
      'Renamed scope from to to/here (2 scopes, 1 secret, 1 variable, 4 versions)\n',
    )
    expect((await w.cli(['variable', 'get', '--scope', 'to/here', 'HOST'])).stdout).toBe('two')
    expect((await w.cli(['variable', 'get', '--scope', 'from', 'HOST'])).code).toBe(5)
    expect((await w.cli(['variable', 'get', '--scope', 'from-2', 'HOST'])).stdout).toBe('neighbour')
    expect(await scopes()).toEqual(expect.arrayContaining(['from-2', 'to/here', 'to/here/eu']))
    expect(await stampsIn('to/here')).toEqual(before)
    expect((await json(['secret', 'list', '--tag', 'team=pay'])).items).toMatchObject([
      {scope: 'to/here/eu', key: 'DB'},
    ])
    // The comparison with what is stored works at the new place, too.
    expect((await set('secret', 'to/here/eu', 'DB', 'three')).stdout).toMatch(/^Nothing changed/)
    expect(await json(['secret', 'restore', '--scope', 'to/here/eu', 'OLD'])).toMatchObject({code: 0, version: 1})
    expect((await set('secret', 'to/here/eu', 'OLD', 'four')).stdout).toMatch(/^Nothing changed/)
    expect((await audited('scopes.rename')).slice(-5).map(({target}) => target)).toEqual([
      {kind: 'scope', scope: 'from', to: 'to/here'},
      {kind: 'scope', scope: 'from/eu', to: 'to/here/eu'},
      {kind: 'variable', scope: 'from', name: 'HOST', version: 2, to: 'to/here'},
      {kind: 'secret', scope: 'from/eu', name: 'DB', version: 1, to: 'to/here/eu'},
      {kind: 'secret', scope: 'from/eu', name: 'OLD', version: 1, to: 'to/here/eu'},
    ])
    expect((await w.cli(['audit', 'list', '--operation', 'scopes.rename'])).stdout).toContain(
      '\tfrom/HOST@2 -> to/here\t',
    )
  })

  test('is refused where anything of the new name is, or can be restored', async () => {
    await succeed(w.cli(['scope', 'create', 'source']))
    await succeed(w.cli(['scope', 'create', 'target/below']))
    await set('secret', 'ghost', 'DB', 'x')
    await succeed(w.cli(['scope', 'delete', 'ghost', '--recursive', '--yes']))
    await unchanged(async () => {
      for (const to of ['target', 'target/below', 'ghost'])
        expect(await json(['scope', 'rename', 'source', to])).toMatchObject({code: 6, error: {code: 'already_exists'}})
      expect(await json(['scope', 'rename', 'source', 'source/x'])).toMatchObject({code: 2, error: {code: 'malformed'}})
      expect(await json(['scope', 'rename', 'nowhere', 'somewhere'])).toMatchObject({code: 5})
      expect(await json(['scope', 'rename', 'source', 'free', '--dry-run'])).toMatchObject({code: 0, dryRun: true})
    })
  })

  test('goes to where everything was purged, and counts on from there', async () => {
    await set('secret', 'purged', 'DB', 'x')
    await succeed(w.cli(['scope', 'delete', 'purged', '--recursive', '--yes']))
    await succeed(w.cli(['secret', 'purge', '--scope', 'purged', '--older-than', '0s', '--yes']))
    await set('secret', 'colliding', 'DB', 'y')
    await unchanged(async () => {
      expect(await json(['scope', 'rename', 'colliding', 'purged'])).toMatchObject({
        code: 6,
        error: {message: expect.stringContaining('version numbers cannot be used again')},
      })
    })
    await succeed(w.cli(['secret', 'declare', '--scope', 'fresh', 'DB']))
    await set('secret', 'fresh', 'OTHER', 'z')
    await succeed(w.cli(['scope', 'rename', 'fresh', 'purged']))
    expect((await set('secret', 'purged', 'DB', 'again')).stdout).toContain('version 2')
  })

  test('asks on a terminal', async () => {
    await succeed(w.cli(['scope', 'create', 'ask-me']))
    const at = /Rename scope ask-me to asked-me \(1 scope, .*\)\?/
    expect((await onTerminal(['scope', 'rename', 'ask-me', 'asked-me'], w.home, [{at, type: 'n\r'}])).code).toBe(1)
    expect(await scopes()).toContain('ask-me')
  })

  test('leaves bound tokens as they are, and says how many it leaves behind', async () => {
    await succeed(w.cli(['scope', 'create', 'bound/to']))
    await sqlOn(
      w.server.data,
      `insert into tokens (org_id, name, hash, role, created_at, created_by, scopes)
       values (1, 'bound', ?, 'writer', '2026-01-01', 'test', '["bound/**"]')`,
      Buffer.of(0),
    )
    const warning = 'Warning: tokens bound to the old name, which reach nothing by it: 1 (bound)\n'
    const refused = await w.cli(['scope', 'rename', 'bound', 'free-again'])
    expect(refused).toMatchObject({code: 2, stdout: ''})
    expect(refused.stderr).toContain(warning)
    expect(refused.stderr).toContain('--yes')
    const asked = await onTerminal(['scope', 'rename', 'bound', 'free-again'], w.home, [
      {at: /Rename scope bound/, type: 'n\r'},
    ])
    expect(asked.code).toBe(1)
    expect(asked.screen.replaceAll('\r', '')).toContain(warning)
    const {stderr} = await succeed(w.cli(['scope', 'rename', 'bound', 'free-again', '--yes']))
    expect(stderr).toBe(warning)
  })
})

test('what was renamed opens at its new place, and the log verifies', async () => {
  await succeed(w.cli(['audit', 'verify']))
  await w.server.stop()
  const stored = await storedVersions(w.server.data)
  expect(stored).toContainEqual({
    org: 'default',
    kind: 'secret',
    scope: 'to/here/eu',
    key: 'OLD',
    version: 1,
    value: 'four',
  })
  expect(stored.filter(({scope}) => scope === 'from')).toEqual([])
})

/** Numbers and stamps of all versions and entries below a scope, whatever its name. */
function stampsIn(scope: string): Promise<unknown[]> {
  return sqlOn(
    w.server.data,
    `select key, e.version, e.length, e.locked, e.deleted_at, e.updated_at, e.updated_by, v.version as number,
       v.length as bytes, v.created_at, v.created_by
     from entries e join versions v on v.entry_id = e.id where scope = ? or scope like ? order by e.id, v.version`,
    scope,
    `${scope}/%`,
  )
}
