import {rmSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {sql} from 'kysely'
import pg from 'pg'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {RouteName} from '../../src/contract/routes/index.ts'
import {start as chainStart, verifyChain, verifyHead} from '../../src/formats/audit-chain.ts'
import {newestStep, pendingSteps} from '../../src/server/store/migrations/index.ts'
import type {Asks} from '../world/browser.ts'
import {databaseOf, type Engine} from '../world/engine.ts'
import {makeOlder, openAsItIs} from '../world/older.ts'
import {query} from '../world/postgres.ts'
import {type Ran, run} from '../world/program.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {watchOver} from '../world/traces.ts'
import {until} from '../world/trial.ts'
import {asToken, succeed, type World, world} from '../world/world.ts'

const production = ['--scope', 'production']
const steps = pendingSteps([]).map(({name}) => name)

/** What was written before, and is read from each store that is made of it. */
let before: World
beforeAll(async () => {
  before = await world()
  for (const value of ['hunter1', 'hunter2', 'hunter3'])
    await succeed(before.cli(['secret', 'set', ...production, 'DB_PASSWORD'], {stdin: value}))
  await succeed(before.cli(['secret', 'set', '--scope', 'my-saas/prod', 'API_KEY'], {stdin: 'abc'}))
  for (const value of ['info', 'debug'])
    await succeed(before.cli(['variable', 'set', ...production, 'LOG_LEVEL'], {stdin: value}))
  await succeed(before.cli(['policy', 'lock', 'secrets.set', '--reason', 'SOC2-14', '--yes']))
  await before.server.stop()
  writeFileSync(join(before.folder, 'passphrase'), 'correct horse battery staple', {mode: 0o600})
})
afterAll(() => before?.close())

let data: string
let server: RunningServer | null = null
let folders = 0
beforeEach(() => {
  folders += 1
  data = join(before.folder, `data-${folders}`)
})
afterEach(async () => {
  await server?.stop()
  server = null
})

/** Where the commands find the store of `data`, whatever the engine of the run is. */
const envOn = async (on: Engine) => ({POSTERN_DATABASE_URL: on === 'postgres' ? await databaseOf(data) : undefined})
const startOn = async (on: Engine) => {
  server = await startServer({data, home: before.home, env: await envOn(on)})
}
const serverCommand = async (on: Engine, ...argv: string[]): Promise<Ran> =>
  run(['server', ...argv], before.home, {env: await envOn(on)})
const check = async (on: Engine) =>
  JSON.parse((await succeed(serverCommand(on, 'upgrade', '--check', '--json', '--data', data))).stdout)
const ask = async <N extends RouteName>(name: N, input: Asks<N>) => {
  const {status, json} = await asToken(server!, before.token, name, input)
  expect([name, status]).toEqual([name, 200])
  return json
}

/** All that was there is there, what one does works, and the log of all of it verifies. */
async function works() {
  const at = (key: string) => ({params: {org: 'default', key}, query: {scope: 'production'}})
  expect((await ask('variablesGet', at('LOG_LEVEL'))).value.data).toBe('debug')
  const history = await ask('secretsHistory', at('DB_PASSWORD'))
  expect(history.items.map(({version, state}) => [version, state])).toEqual([
    [3, 'current'],
    [2, 'superseded'],
    [1, 'superseded'],
  ])
  const scopes = (await ask('scopesList', {})).items.map(({scope}) => scope)
  expect(scopes).toEqual(expect.arrayContaining(['my-saas/prod', 'production']))
  expect((await ask('policyShow', {})).rules).toMatchObject([{effect: 'cli-only', reason: 'SOC2-14'}])
  const body = {value: {encoding: 'utf8' as const, data: 'hunter4'}}
  expect(await ask('secretsSet', {...at('DB_PASSWORD'), body})).toMatchObject({version: 4})
  expect(await ask('secretsRollback', {...at('DB_PASSWORD'), body: {to: 1}})).toMatchObject({version: 5})
  await ask('scopesCreate', {query: {scope: 'afterwards'}})
  const {entries, head, publicKey} = await ask('auditList', {query: {after: 0, limit: 1000}})
  expect(verifyChain(entries, chainStart)).toMatchObject({breaks: [], last: {sequence: head.sequence, hash: head.hash}})
  expect(verifyHead(head, publicKey)).toBe(true)
}

/** Every command that opens a store, but those that ask a running server. */
const commands = (): string[][] => [
  ['start', '--data', data, '--listen', '127.0.0.1:0'],
  ['upgrade', '--check', '--data', data],
  ['upgrade', '--data', data],
  ['recover-owner', '--data', data],
  ['rotate-key', '--root', '--folder', data],
  ['recovery-kit', '--shares', '3', '--threshold', '2', '--data', data, '--out', join(before.folder, 'kit')],
  ['backup', join(before.folder, 'backup.age'), '--data', data, '--passphrase-file', join(before.folder, 'passphrase')],
]

describe.each<Engine>(['sqlite', 'postgres'])('on %s', (on) => {
  test.each(steps.slice(0, -1))('a store of step %s is brought up to date by a start, and works', async (step) => {
    await makeOlder(before.server.data, data, step, on)
    const untouched = await watchOver(data, on)
    const plan = await check(on)
    expect(plan).toMatchObject({
      engine: on,
      step,
      lastProgram: null,
      steps: steps.slice(steps.indexOf(step) + 1).map((name) => ({name})),
      inUse: false,
      upgraded: false,
    })
    await untouched()
    await startOn(on)
    await works()
    expect(await check(on)).toMatchObject({step: newestStep, steps: [], inUse: true, lastProgram: plan.program})
  })

  test('server upgrade says what it will do to a stopped server’s store, and does it', async () => {
    await makeOlder(before.server.data, data, '0001-first', on)
    const {stdout} = await succeed(serverCommand(on, 'upgrade', '--check', '--data', data))
    expect(stdout).toMatch(/has the schema of step 0001-first\. This is Postern /)
    expect(stdout).toMatch(/takes 7 steps, all or none:\n {2}0002-administration: goes through 3 rows of entries, 6 /)
    expect(stdout).toMatch(/Make a backup first/)
    const done = await succeed(serverCommand(on, 'upgrade', '--data', data, '--json'))
    expect(JSON.parse(done.stdout)).toMatchObject({step: '0001-first', upgraded: true})
    expect(await check(on)).toMatchObject({step: newestStep, steps: []})
    const again = await succeed(serverCommand(on, 'upgrade', '--data', data))
    expect(again.stdout).toMatch(/Nothing is to be done/)
    await startOn(on)
    await works()
  })

  test('a store of a newer program is refused by every command, and left as it is', async () => {
    await makeOlder(before.server.data, data, newestStep, on)
    const db = await openAsItIs(data, on)
    await sql`insert into kysely_migration values ('9999-later', '2030-01-01')`.execute(db)
    await sql`insert into programs values ('9.9.9', '2030-01-01T00:00:00.000Z')`.execute(db)
    // What newer programs may have done to it.
    await sql`alter table keys rename column root_key_id to wrapped_by`.execute(db)
    await db.destroy()
    const untouched = await watchOver(data, on)
    for (const command of commands()) {
      const {code, stdout, stderr} = await serverCommand(on, ...command)
      expect([command, code, stdout]).toEqual([command, 1, ''])
      expect(stderr).toMatch(
        /^Error: The store in .* was upgraded by Postern 9\.9\.9: its schema has the step 9999-later, which this program does not know\.\nNext: start Postern 9\.9\.9, or a newer one; to go back to this one, restore the backup made before that upgrade; nothing was changed\n$/,
      )
      await untouched()
    }
  })

  test.each(['missing', 'another one'])('a root key that is %s is refused before any step is taken', async (which) => {
    await makeOlder(before.server.data, data, '0001-first', on)
    const file = join(data, 'root.key')
    if (which === 'missing') rmSync(file)
    else writeFileSync(file, `${Buffer.alloc(32, 7).toString('base64')}\n`)
    const untouched = await watchOver(data, on)
    for (const command of commands().slice(0, which === 'missing' ? 2 : 5)) {
      const {code, stderr} = await serverCommand(on, ...command)
      expect([command, code]).toEqual([command, 1])
      expect(stderr).toMatch(
        /^Error: The store needs the root key with id [0-9a-f]{16}, and the file .*\nNext: .*nothing was changed\n$/,
      )
      await untouched()
    }
  })
})

test('an upgrade is refused while a server has the folder', async () => {
  await makeOlder(before.server.data, data, newestStep, 'sqlite')
  await startOn('sqlite')
  const db = await openAsItIs(data, 'sqlite')
  await sql`drop table programs`.execute(db)
  await sql`delete from kysely_migration where name >= '0004'`.execute(db)
  await db.destroy()
  expect(await check('sqlite')).toMatchObject({
    steps: [
      {name: '0004-programs', besideOlder: true},
      {name: '0005-own-segments', besideOlder: true},
      {name: '0006-consuming', besideOlder: true},
      {name: '0007-idle-sessions', besideOlder: true},
      {name: '0008-people', besideOlder: true},
    ],
    inUse: true,
  })
  const {code, stderr} = await serverCommand('sqlite', 'upgrade', '--data', data)
  expect([code, stderr]).toEqual([1, expect.stringMatching(/Another server is running on the data folder/)])
})

test('a step that servers of before must not see is refused while one is connected to the database', async () => {
  await makeOlder(before.server.data, data, '0001-first', 'postgres')
  const other = new pg.Client({connectionString: await databaseOf(data), application_name: 'postern reads'})
  await other.connect()
  try {
    expect(await check('postgres')).toMatchObject({inUse: true})
    const {code, stderr} = await serverCommand('postgres', 'upgrade', '--data', data)
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^Error: Servers are connected to .* step 0002.*\nNext: stop/),
    ])
    expect(await check('postgres')).toMatchObject({step: '0001-first'})
  } finally {
    await other.end()
  }
})

describe('kill -9 in the middle of the steps', () => {
  test('leaves a folder that opens', async () => {
    await makeOlder(before.server.data, data, '0001-first', 'sqlite')
    const db = await openAsItIs(data, 'sqlite')
    await sql`insert into entries (id, org_id, kind, scope, key, version, locked, updated_at, updated_by)
      values (999, 1, 'secret', 'large', 'MANY', 400000, 0, '2026-01-01T00:00:00.000Z', 'owner')`.execute(db)
    // So many that an index over them is larger than the memory that a transaction takes, and is written before its end.
    await sql`with recursive many(n) as (select 1 union all select n + 1 from many where n < 400000)
      insert into versions select 999, n, randomblob(16), 7, '2026-01-01T00:00:00.000Z', 'owner' from many`.execute(db)
    await db.destroy()
    const inTheMiddle = () => (statSync(join(data, 'postern.db-wal'), {throwIfNoEntry: false})?.size ?? 0) > 65_536
    const starting = startServer({
      data,
      home: before.home,
      env: await envOn('sqlite'),
      onSpawn: (child) => {
        const looking = setInterval(() => inTheMiddle() && child.kill('SIGKILL'), 1)
        child.on('close', () => clearInterval(looking))
      },
    })
    await expect(starting).rejects.toThrow('the server ended')
    // Of a large table no more is counted.
    expect(await check('sqlite')).toMatchObject({
      step: '0001-first',
      steps: [{rows: {versions: 100_000}}, {}, {}, {}, {}, {}, {}],
    })
    const {stdout} = await succeed(serverCommand('sqlite', 'upgrade', '--check', '--data', data))
    expect(stdout).toContain('100000 rows or more of versions')
    await startOn('sqlite')
    await works()
  })

  test('leaves a database that opens', async () => {
    await makeOlder(before.server.data, data, '0001-first', 'postgres')
    const url = await databaseOf(data)
    const other = new pg.Client({connectionString: url})
    await other.connect()
    // The second step changes this table when much of it is done.
    await other.query('begin; lock table audit in access share mode')
    const waits = async () =>
      (
        await query(
          url,
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
      ).length > 0
    const starting = startServer({
      data,
      home: before.home,
      env: await envOn('postgres'),
      onSpawn: (child) => void until('a step that waits', waits).then(() => child.kill('SIGKILL')),
    })
    await expect(starting).rejects.toThrow('the server ended')
    await other.end()
    await until('the end of what it began', async () => !(await waits()))
    expect(await check('postgres')).toMatchObject({step: '0001-first'})
    await startOn('postgres')
    await works()
  })
})
