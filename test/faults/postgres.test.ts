import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import pg from 'pg'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {cuttingProxy} from '../world/cutting-proxy.ts'
import {mountSmall} from '../world/mount.ts'
import {type Cluster, postgresCluster, query} from '../world/postgres.ts'
import {request} from '../world/request.ts'
import {type Trial, trial, until} from '../world/trial.ts'
import {asToken} from '../world/world.ts'

/** Of the database itself, a tenth of the rounds: it takes longer to come back than a server. */
const ROUNDS = Math.ceil(Number(process.env.POSTERN_TEST_ROUNDS ?? 20) / 10)

let cluster: Cluster
let t: Trial | undefined
let databases = 0
beforeAll(async () => {
  cluster = await postgresCluster()
})
afterEach(async () => {
  await t?.close()
  t = undefined
})
afterAll(() => cluster?.remove())

/** A database of the test's own, by name. */
async function newDatabase(): Promise<string> {
  databases += 1
  await cluster.createDatabase(`faults_${databases}`)
  return `faults_${databases}`
}

const ready = async () => {
  const {status, json} = await request(t!.server().url, '/readyz', t!.server().ca)
  return [status, json.detail]
}

/** The details of what was refused, without repetition. */
const details = () => [...new Set(t!.writers.problems.map((text) => JSON.parse(text).detail))]

const UNKNOWN = 'The store failed; whether this was done is unknown. Send it again with the same request id.'

/** Waits until a writer was refused for this. */
const refused = (fault: string) =>
  until(
    () => `${fault}, but ${details()}`,
    () => details().includes(`The server’s store is ${fault}, and takes no writes now. Nothing was done.`),
  )

describe('a database that goes away under load', () => {
  test.each<[string, NodeJS.Signals]>([
    ['restarted, its clients sent away', 'SIGINT'],
    ['crashed', 'SIGQUIT'],
    ['killed', 'SIGKILL'],
  ])(
    `${ROUNDS} times %s: what was acknowledged is there, and the server goes on by itself`,
    {timeout: 60_000 + ROUNDS * 10_000},
    async (_, signal) => {
      t = await trial({database: cluster.url(await newDatabase())})
      for (let round = 0; round < ROUNDS; round++) {
        await t.writers.more(16 + ((round * 37) % 60))
        await cluster.stop(signal)
        expect(await ready()).toEqual([503, 'The store does not answer.'])
        await cluster.start()
        await t.writers.more(16)
        await t.readAudit()
      }
      expect([200, undefined]).toEqual(await ready())
      await t.survived()
    },
  )
})

describe('a connection that is cut in the middle of a commit', () => {
  test.each(['before', 'after'] as const)(
    '%s it reached the database: the outcome is unknown, and the repeat is answered truly',
    async (cut) => {
      const name = await newDatabase()
      const proxy = await cuttingProxy(cluster.port)
      t = await trial({database: `postgres://postern@127.0.0.1:${proxy.port}/${name}`, direct: cluster.url(name)})
      for (let round = 0; round < 3; round++) {
        await t.writers.more(32)
        await proxy.cutNext(cut)
        await t.writers.more(16)
      }
      expect(details()).toContain(UNKNOWN)
      const {repeated, doneAtFirst} = await t.survived()
      expect(repeated).toBeGreaterThanOrEqual(3)
      expect(doneAtFirst).toBe(cut === 'after' ? repeated : 0)
      await t.close()
      await proxy.close()
    },
  )
})

describe('a database that takes no writes', () => {
  test('as a replica that nobody has promoted yet: reads go on, writes are refused until there is a primary', async () => {
    t = await trial({database: cluster.url(await newDatabase())})
    await t.writers.more(32)
    const signal = join(cluster.folder, 'data/standby.signal')
    await cluster.stop()
    writeFileSync(signal, '')
    await cluster.start()
    await refused('read-only')
    expect(await ready()).toEqual([503, 'The store takes no writes (read-only).'])
    expect((await asToken(t.server(), t.world.token, 'variablesList', {query: {scope: 'faults'}})).status).toBe(200)
    const ran = await t.world.cli(['secret', 'set', '--scope', 'cli', 'KEY'], {stdin: 'x'})
    expect([ran.code, ran.stderr]).toEqual([8, expect.stringMatching(/store is read-only.*\nNext: /)])
    expect(t.logs()).toContain('"store":"read-only"')
    rmSync(signal)
    await cluster.stop()
    await cluster.start()
    await t.writers.more(32)
    await t.survived()
  })

  test('because somebody holds the log’s head: refused after the time-out, and nothing was done', async () => {
    const database = cluster.url(await newDatabase())
    t = await trial({database, args: ['--database-statement-timeout', '1']})
    await t.writers.more(32)
    const holder = new pg.Client({connectionString: database})
    holder.on('error', () => {})
    await holder.connect()
    await holder.query('begin')
    await holder.query('select * from audit_heads for update')
    await refused('overloaded')
    await holder.query('rollback')
    await holder.end()
    await t.writers.more(32)
    expect(t.writers.unknown()).toBe(0)
    await t.survived()
  })

  test('for want of a connection: refused, and taken once there is one', async () => {
    const name = await newDatabase()
    const asOwner = (text: string) => query(cluster.url('postgres'), text)
    await asOwner('create role app login')
    await asOwner(`alter database ${name} owner to app`)
    t = await trial({database: cluster.url(name).replace('postern@', 'app@')})
    await t.writers.more(32)
    await asOwner(`alter database ${name} connection limit 0`)
    // Again and again, since one that was let in just before the limit may have no name yet; but not so often that who
    // comes anew is sent away before it is refused. Who writes is looked up first, which needs a connection too.
    const sendAway = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'"
    let next = 0
    await until(
      () => `overloaded, but ${details()}`,
      async () => {
        if (performance.now() >= next) {
          await asOwner(sendAway)
          next = performance.now() + 1000
        }
        return details().some((detail) => detail.startsWith('The server’s store is overloaded, and '))
      },
    )
    await asOwner(`alter database ${name} connection limit -1`)
    await t.writers.more(32)
    await t.survived()
  })
})

describe('a database without room', () => {
  test('refuses, or goes down and comes back: nothing is lost', {timeout: 120_000}, async () => {
    const folder = mkdtempSync('/tmp/postern-full-')
    const disk = mountSmall(join(folder, 'disk'), 200, 0o755)
    chmodSync(folder, 0o755)
    let small: Cluster | undefined
    try {
      small = await postgresCluster({within: disk.path, settings: ['max_wal_size=48MB', 'min_wal_size=32MB']})
      await small.createDatabase('full')
      t = await trial({database: small.url('full')})
      await t.writers.more(32)
      disk.fill()
      await until('a refusal', () => t!.writers.problems.length > 0)
      disk.free()
      if (small.process()?.exitCode !== null) await small.start()
      await t.writers.more(32)
      await t.survived()
    } finally {
      await t?.close()
      t = undefined
      await small?.remove()
      disk.unmount()
      rmSync(folder, {recursive: true, force: true})
    }
  })
})
