import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Operation, registry} from '../../src/contract/operations.ts'
import {type AuditEntry, auditEntry} from '../../src/contract/routes/audit.ts'
import type {RouteName} from '../../src/contract/routes/index.ts'
import type {Asks, Session} from '../world/browser.ts'
import {AUDIT_TABLES, contentOf} from '../world/database.ts'
import {onTerminal} from '../world/terminal.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

let w: World
let dashboard: Session
beforeAll(async () => {
  w = await world()
  dashboard = await w.dashboard()
  for (const key of ['DB', 'OLD']) {
    await succeed(w.cli(['secret', 'set', '--scope', 'production', key], {stdin: 'stored'}))
    await succeed(w.cli(['variable', 'set', '--scope', 'production', key], {stdin: 'stored'}))
  }
  for (const noun of ['secret', 'variable']) {
    for (const stdin of ['one', 'two']) await succeed(w.cli([noun, 'set', '--scope', 'production', 'BACK'], {stdin}))
    await succeed(w.cli([noun, 'set', '--scope', 'production', 'GONE'], {stdin: 'stored'}))
    await succeed(w.cli([noun, 'delete', '--scope', 'production', 'GONE', '--yes']))
  }
  for (const environment of ['moving', 'gone', 'bound']) await succeed(w.cli(['environment', 'create', environment]))
  await succeed(w.cli(['environment', 'bind', 'bound', '--scope', 'aws/${host}']))
  for (const scope of ['moving', 'gone']) await succeed(w.cli(['scope', 'create', scope]))
})
afterAll(() => w?.close())

const value = {encoding: 'utf8', data: 'tried'} as const
const query = {scope: 'production'}

interface Row {
  operation: Operation
  route: RouteName
  asks: object
  cliEquivalent: string
  cli: string[]
  /** What the audit log says that it was about; else the key in production. */
  target?: object
  /** What puts back what the CLI took away. */
  putBack?: string[]
}

const rows: Row[] = [
  {
    operation: 'secrets.set',
    route: 'secretsSet',
    asks: {params: {key: 'DB'}, query, body: {value}},
    cliEquivalent: 'postern secret set --scope production DB',
    cli: ['secret', 'set', '--scope', 'production', 'DB'],
  },
  {
    operation: 'secrets.declare',
    route: 'secretsDeclare',
    asks: {params: {key: 'NEW'}, query},
    cliEquivalent: 'postern secret declare --scope production NEW',
    cli: ['secret', 'declare', '--scope', 'production', 'NEW'],
  },
  {
    operation: 'secrets.describe',
    route: 'secretsDescribe',
    asks: {params: {key: 'DB'}, query, body: {owner: 'payments'}},
    cliEquivalent: 'postern secret describe --scope production DB',
    cli: ['secret', 'describe', '--scope', 'production', 'DB', '--owner', 'ops'],
  },
  {
    operation: 'secrets.delete',
    route: 'secretsDelete',
    asks: {params: {key: 'OLD'}, query},
    cliEquivalent: 'postern secret delete --scope production OLD',
    cli: ['secret', 'delete', '--scope', 'production', 'OLD', '--yes'],
    putBack: ['secret', 'set', '--scope', 'production', 'OLD'],
  },
  {
    operation: 'variables.set',
    route: 'variablesSet',
    asks: {params: {key: 'DB'}, query, body: {value}},
    cliEquivalent: 'postern variable set --scope production DB',
    cli: ['variable', 'set', '--scope', 'production', 'DB'],
  },
  {
    operation: 'variables.delete',
    route: 'variablesDelete',
    asks: {params: {key: 'OLD'}, query},
    cliEquivalent: 'postern variable delete --scope production OLD',
    cli: ['variable', 'delete', '--scope', 'production', 'OLD', '--yes'],
    putBack: ['variable', 'set', '--scope', 'production', 'OLD'],
  },
  {
    operation: 'scopes.create',
    route: 'scopesCreate',
    asks: {query: {scope: 'new'}},
    cliEquivalent: 'postern scope create new',
    cli: ['scope', 'create', 'new'],
    target: {kind: 'scope', scope: 'new'},
  },
  {
    operation: 'scopes.rename',
    route: 'scopesRename',
    asks: {query: {scope: 'moving'}, body: {to: 'moved'}},
    cliEquivalent: 'postern scope rename moving moved',
    cli: ['scope', 'rename', 'moving', 'moved'],
    target: {kind: 'scope', scope: 'moving', to: 'moved'},
    putBack: ['scope', 'rename', 'moved', 'moving'],
  },
  {
    operation: 'scopes.delete',
    route: 'scopesDelete',
    asks: {query: {scope: 'gone'}},
    cliEquivalent: 'postern scope delete gone',
    cli: ['scope', 'delete', 'gone', '--yes'],
    target: {kind: 'scope', scope: 'gone'},
    putBack: ['scope', 'create', 'gone'],
  },
  {
    operation: 'environments.create',
    route: 'environmentsCreate',
    asks: {query: {environment: 'new'}},
    cliEquivalent: 'postern environment create new',
    cli: ['environment', 'create', 'new'],
    target: {kind: 'environment', name: 'new'},
  },
  {
    operation: 'environments.rename',
    route: 'environmentsRename',
    asks: {query: {environment: 'moving'}, body: {to: 'moved'}},
    cliEquivalent: 'postern environment rename moving moved',
    cli: ['environment', 'rename', 'moving', 'moved'],
    target: {kind: 'environment', name: 'moving', to: 'moved'},
    putBack: ['environment', 'rename', 'moved', 'moving'],
  },
  {
    operation: 'environments.delete',
    route: 'environmentsDelete',
    asks: {query: {environment: 'gone'}},
    cliEquivalent: 'postern environment delete gone',
    cli: ['environment', 'delete', 'gone', '--yes'],
    target: {kind: 'environment', name: 'gone'},
    putBack: ['environment', 'create', 'gone'],
  },
  {
    operation: 'environments.bind',
    route: 'environmentsBind',
    asks: {query: {environment: 'bound'}, body: {scope: 'production/**'}},
    cliEquivalent: "postern environment bind bound --scope 'production/**'",
    cli: ['environment', 'bind', 'bound', '--scope', 'production/**'],
    target: {kind: 'environment', name: 'bound', scope: 'production/**'},
    putBack: ['environment', 'unbind', 'bound', '--scope', 'production/**'],
  },
  {
    operation: 'environments.unbind',
    route: 'environmentsUnbind',
    asks: {query: {environment: 'bound'}, body: {scope: 'aws/${host}'}},
    cliEquivalent: "postern environment unbind bound --scope 'aws/${host}'",
    cli: ['environment', 'unbind', 'bound', '--scope', 'aws/${host}'],
    target: {kind: 'environment', name: 'bound', scope: 'aws/${host}'},
    putBack: ['environment', 'bind', 'bound', '--scope', 'aws/${host}'],
  },
  {
    operation: 'secrets.rollback',
    route: 'secretsRollback',
    asks: {params: {key: 'BACK'}, query, body: {to: 1}},
    cliEquivalent: 'postern secret rollback --scope production BACK --to 1',
    cli: ['secret', 'rollback', '--scope', 'production', 'BACK', '--to', '1', '--yes'],
  },
  {
    operation: 'secrets.restore',
    route: 'secretsRestore',
    asks: {params: {key: 'GONE'}, query},
    cliEquivalent: 'postern secret restore --scope production GONE',
    cli: ['secret', 'restore', '--scope', 'production', 'GONE'],
    putBack: ['secret', 'delete', '--scope', 'production', 'GONE', '--yes'],
  },
  {
    operation: 'variables.rollback',
    route: 'variablesRollback',
    asks: {params: {key: 'BACK'}, query, body: {to: 1}},
    cliEquivalent: 'postern variable rollback --scope production BACK --to 1',
    cli: ['variable', 'rollback', '--scope', 'production', 'BACK', '--to', '1', '--yes'],
  },
  {
    operation: 'variables.restore',
    route: 'variablesRestore',
    asks: {params: {key: 'GONE'}, query},
    cliEquivalent: 'postern variable restore --scope production GONE',
    cli: ['variable', 'restore', '--scope', 'production', 'GONE'],
    putBack: ['variable', 'delete', '--scope', 'production', 'GONE', '--yes'],
  },
]

test('every operation that the dashboard offers has its row', () => {
  const offered = [...registry].filter(([, entry]) => entry.surfaces.includes('dashboard')).map(([name]) => name)
  expect(rows.map((row) => row.operation).sort()).toEqual(offered.sort())
})

describe.each(rows)('$operation, locked', ({operation, route, asks, cliEquivalent, cli, target, putBack}) => {
  const {category, label} = registry.get(operation)!

  test('is refused on the dashboard, audited, and changes nothing', async () => {
    await succeed(w.cli(['policy', 'lock', operation]))
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    const answer = await dashboard.call(route, asks as Asks<typeof route>)
    expect(answer.status).toBe(403)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json).toMatchObject({code: 'operation_disabled', operation, category, label, cliEquivalent})
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
    expect(await newest()).toMatchObject({
      operation,
      surface: 'dashboard',
      outcome: 'refused',
      code: 'operation_disabled',
      requestId: answer.json.requestId,
      target: target ?? {scope: 'production', name: (asks as {params: {key: string}}).params.key},
    })
  })

  test('is refused on the dashboard as a dry run too', async () => {
    const tried = {...asks, query: {...(asks as {query: object}).query, dryRun: true}}
    expect((await dashboard.call(route, tried as Asks<typeof route>)).json.code).toBe('operation_disabled')
  })

  test('is done from the CLI', async () => {
    await succeed(w.cli(cli, {stdin: 'from the CLI'}))
    expect(await newest()).toMatchObject({operation, surface: 'cli', outcome: 'done', code: null})
  })

  test('is done on the dashboard once it is unlocked', async () => {
    await succeed(w.cli(['policy', 'reset', operation, '--yes']))
    if (putBack !== undefined) await succeed(w.cli(putBack, {stdin: 'again'}))
    expect((await dashboard.call(route, asks as Asks<typeof route>)).status).toBe(200)
  })
})

describe('policy commands', () => {
  test('without a terminal, lock goes ahead; unlock and reset need --yes', async () => {
    const lock = await succeed(w.cli(['policy', 'lock', '--sensitivity', 'plaintext', '--reason', 'SOC2-14']))
    expect(lock.stderr).toContain('secrets.set\tenabled -> cli-only\trule: sensitivity plaintext')
    expect(lock.stdout).toContain('secrets.set\tsecrets\tplaintext\tcli-only\trule: sensitivity plaintext')
    const before = await contentOf(w.server.data)
    for (const refused of [['unlock', 'secrets.set'], ['unlock', '--all'], ['reset']]) {
      const {code, stderr} = await w.cli(['policy', ...refused])
      expect({code, names: /--yes/.test(stderr)}).toEqual({code: 2, names: true})
    }
    expect(await contentOf(w.server.data)).toEqual(before)
    expect((await newest()).reason).toBe('SOC2-14')
  })

  test('an unlock that a narrower rule outvotes says which rule decides', async () => {
    await succeed(w.cli(['policy', 'lock', 'secrets.set']))
    const {stdout, stderr} = await succeed(w.cli(['policy', 'unlock', '--all', '--yes']))
    expect(stderr).toContain('Take it away: postern policy reset secrets.set\n')
    expect(stdout).toContain('secrets.set\tsecrets\tplaintext\tcli-only\trule: operation secrets.set')
    expect(stdout).toContain('secrets.delete\tsecrets\tauthority\tenabled\trule: all operations')
  })

  test('--dry-run changes nothing, on stdout or as JSON', async () => {
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    const {stdout} = await succeed(w.cli(['policy', 'lock', '--category', 'variables', '--dry-run']))
    expect(stdout).toContain('[dry-run] would lock on the dashboard: category variables')
    const json = await jsonOf(['policy', 'reset', '--dry-run', '--json'])
    expect(json.operations).toContainEqual(
      expect.objectContaining({operation: 'secrets.set', before: 'cli-only', effect: 'enabled', decidedBy: null}),
    )
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
  })

  test('show names the rule that decides, and narrows', async () => {
    const {operations} = await jsonOf(['policy', 'show', '--sensitivity', 'plaintext', '--json'])
    expect(operations.map((o: {operation: string}) => o.operation)).toEqual(['secrets.set', 'variables.set'])
    expect(operations[0]).toMatchObject({effect: 'cli-only', decidedBy: {by: 'operation', name: 'secrets.set'}})
  })

  test.each([
    {argv: ['lock', 'secret.set'], says: 'Did you mean secrets.set?'},
    {argv: ['lock', '--category', 'secret'], says: 'Did you mean secrets?'},
    {argv: ['lock', 'policy.lock'], says: 'no such operation on the dashboard'},
    {argv: ['lock'], says: 'Say which'},
    {argv: ['lock', 'secrets.set', '--all'], says: 'Choose one of'},
    {argv: ['lock', 'hunter2-hunter2'], says: 'Known: '},
    {argv: ['show', '--category', 'hunter2-hunter2'], says: 'Known: '},
    {argv: ['lock', '--reason', 'hunter2\u0007', '--all'], says: '--reason takes'},
  ])('$argv is wrong usage', async ({argv, says}) => {
    for (const json of [[], ['--json']]) {
      const {code, stdout, stderr} = await w.cli(['policy', ...argv, ...json])
      expect(code).toBe(2)
      expect(stdout + stderr).toContain(says)
      expect(stdout + stderr).not.toContain('hunter2')
    }
  })

  test('on a terminal they ask: no changes nothing, Ctrl-C ends with 130, yes goes ahead', async () => {
    const before = await contentOf(w.server.data, AUDIT_TABLES)
    const argv = ['policy', 'reset', 'secrets.set']
    const no = await onTerminal(argv, w.home, [{at: /Go ahead\?/, type: 'n\r'}])
    expect(no.screen).toMatch(/secrets\.set +stays cli-only +rule: sensitivity plaintext/)
    expect(no.code).toBe(1)
    const stopped = await onTerminal(argv, w.home, [{at: /Go ahead\?/, type: '\u0003'}])
    expect(stopped.code).toBe(130)
    expect(await contentOf(w.server.data, AUDIT_TABLES)).toEqual(before)
    const yes = await onTerminal(argv, w.home, [{at: /Go ahead\?/, type: 'y\r'}])
    expect(yes.code).toBe(0)
    expect(await contentOf(w.server.data, AUDIT_TABLES)).not.toEqual(before)
  })

  test('the dashboard cannot change the policy', async () => {
    for (const path of ['lock', 'unlock', 'reset']) {
      const body = {selectors: [{by: 'all'}]}
      const {status} = await dashboard.send(`/dashboard/v1/orgs/default/policy/${path}`, {method: 'POST', body})
      expect(status).toBe(404)
    }
  })
})

async function jsonOf(argv: string[]) {
  return JSON.parse((await succeed(w.cli(argv))).stdout)
}

async function newest(): Promise<AuditEntry> {
  const {json} = await asToken(w.server, w.token, 'auditList', {query: {limit: 1}})
  return auditEntry.parse(JSON.parse(json.entries[0]!.canonical))
}
