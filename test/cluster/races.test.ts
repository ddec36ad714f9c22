import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import pg from 'pg'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import type {Operation} from '../../src/contract/operations.ts'
import type {Act, Actor} from '../../src/server/gate/types.ts'
import {reencrypt} from '../../src/server/keys/reencrypt.ts'
import {rotateKeys} from '../../src/server/keys/rotate.ts'
import {createOrgs} from '../../src/server/orgs/create.ts'
import {deleteOrgs} from '../../src/server/orgs/delete.ts'
import {deleteSecrets} from '../../src/server/secrets/delete.ts'
import {purgeSecrets} from '../../src/server/secrets/purge.ts'
import {setSecrets} from '../../src/server/secrets/set.ts'
import {openServices, type Services} from '../../src/server/services.ts'
import {actor} from '../world/actor.ts'
import {databaseOf, openTestStore} from '../world/engine.ts'
import {query} from '../world/postgres.ts'
import {until} from '../world/trial.ts'

/** Two nodes on one PostgreSQL, and a third party that is in the middle of a transaction. */
let folder: string
let url: string
let nodes: [Services, Services]
let other: pg.Client
const faults: unknown[] = []
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-races-'))
  url = await databaseOf(folder)
  const node = async () =>
    openServices({
      store: await openTestStore(folder, 'postgres'),
      rootKey: Buffer.alloc(32, 3),
      version: '1.2.3',
      dashboardUrl: () => '',
      onFault: (error) => faults.push(error),
    })
  nodes = [await node(), await node()]
  faults.length = 0
  await nodes[0].ownerToken(async () => {})
  other = new pg.Client({connectionString: url})
  await other.connect()
})
afterEach(async () => {
  await other.end()
  for (const node of nodes) await node.close()
  rmSync(folder, {recursive: true})
})

const owner = actor(1, {name: 'owner'})
const tenant = actor(2, {name: 'owner', orgId: 2, org: 'acme'})
let requests = 0
function write<R>(
  node: Services,
  as: Actor,
  operation: Operation,
  act: Act<never, never, R>,
  input: object,
): Promise<R> {
  requests += 1
  const requestId = `request-${requests}`
  return node.context.gate.write({
    actor: as,
    operation,
    act: act as never,
    input: {params: {org: as.org}, query: undefined, body: undefined, ...input} as never,
    target: {kind: 'secret'},
    requestId,
    address: null,
    digest: Buffer.from(requestId),
    reached: 'organization',
    dryRun: false,
    oneTimeReply: false,
  })
}
const set = (node: Services, as: Actor, key: string, scope = 's') =>
  write(node, as, 'secrets.set', setSecrets as never, {
    params: {org: as.org, key},
    query: {scope},
    body: {value: {encoding: 'utf8', data: `value of ${key}`}},
  })
const makeTenant = () =>
  write(nodes[0], owner, 'orgs.create', createOrgs(nodes[0].context.keyring) as never, {body: {name: 'acme'}})
/** How many connections wait for the lock of another one. */
const waiting = async () => {
  const [row] = await query<{count: string}>(
    url,
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  )
  return Number(row!.count)
}
const areWaiting = (count: number) => until(`${count} that wait`, async () => (await waiting()) === count)
const versions = () =>
  query<{entry_id: string; sealed: Buffer}>(url, 'select entry_id, sealed from versions order by entry_id')

describe('re-encryption, while another node writes in another organization', () => {
  /** Everything is under an older data key than the one in use; gives the batch that is to seal it anew. */
  async function rotated() {
    await makeTenant()
    await set(nodes[1], tenant, 'A')
    await set(nodes[1], tenant, 'B')
    await write(nodes[0], owner, 'keys.rotate', rotateKeys(nodes[0].context.keyring) as never, {})
    // Takes the new key into use, else the batch would be begun anew for it.
    await set(nodes[0], owner, 'C')
    const {dataKeys} = await query<{dataKeys: string}>(
      url,
      'select max(id) as "dataKeys" from keys where purpose = \'data\'',
    ).then((rows) => rows[0]!)
    return () =>
      nodes[0].asServer({
        operation: 'keys.reencrypt',
        act: reencrypt,
        input: {keyId: Number(dataKeys), except: []},
        target: {kind: 'data-key'},
      })
  }

  test('brings back no version that was purged meanwhile', async () => {
    const batch = await rotated()
    await other.query('begin; delete from versions where entry_id = 1')
    const done = batch()
    await areWaiting(1)
    await other.query('commit')
    expect(await done).toEqual({done: 1, stuck: []})
    expect((await versions()).map((row) => Number(row.entry_id))).toEqual([2, expect.any(Number)])
    expect(faults).toEqual([])
  })

  test('puts nothing that is sealed for the old name over what was moved meanwhile', async () => {
    const batch = await rotated()
    const moved = Buffer.concat([Buffer.of(1, 0, 0, 0, 99), Buffer.alloc(60)])
    await other.query('begin')
    await other.query("update entries set scope = 'elsewhere' where id = 1")
    await other.query('update versions set sealed = $1 where entry_id = 1', [moved])
    const done = batch()
    await areWaiting(1)
    await other.query('commit')
    await done
    expect((await versions())[0]!.sealed.equals(moved)).toBe(true)
  })

  test('locks names before their versions, as sets and renames do, so that none gives way', async () => {
    const batch = await rotated()
    // Of two that wait for each other, the first one that looks gives way.
    await other.query("set deadlock_timeout = '1ms'")
    await other.query('begin; update entries set updated_by = updated_by where id = 1')
    const done = batch()
    await areWaiting(1)
    await other.query('delete from versions where entry_id = 1')
    await other.query('commit')
    expect(await done).toEqual({done: 1, stuck: []})
    expect(faults).toEqual([])
  })

  test.each([
    [
      'purge',
      async () => {
        await write(nodes[1], tenant, 'secrets.delete', deleteSecrets as never, {
          params: {org: 'acme', key: 'A'},
          query: {scope: 's'},
        })
        await setTimeout(2)
        const input = {query: {}, body: {olderThan: 0}}
        return () => write(nodes[1], tenant, 'secrets.purge', purgeSecrets as never, input)
      },
    ],
    [
      'deletion of an organization',
      async () => () =>
        write(nodes[1], owner, 'orgs.delete', deleteOrgs as never, {params: {org: 'default', name: 'acme'}}),
    ],
  ])('a %s locks names before their versions as well', async (_, prepare) => {
    await makeTenant()
    await set(nodes[1], tenant, 'A')
    const purge = await prepare()
    await other.query("set deadlock_timeout = '1ms'")
    await other.query('begin; select from entries where id = 1 for no key update')
    const done = purge()
    await areWaiting(1)
    await other.query('select from versions where entry_id = 1 for no key update')
    await other.query('commit')
    await done
    expect(await versions()).toEqual([])
    expect(faults).toEqual([])
  })
})

test('what is too old for a repeat makes no node wait that clears it away, too', async () => {
  await makeTenant()
  await query(url, "update requests set at = '2000-01-01T00:00:00.000Z'")
  const old = async () => (await query(url, "select from requests where at < '2001'")).length
  expect(await old()).toBe(2)
  // As another organization's turn that is not through yet.
  await other.query("begin; delete from requests where at < '2001'")
  expect(await set(nodes[1], tenant, 'A')).toMatchObject({version: 1})
  await other.query('rollback')
  expect(await set(nodes[1], tenant, 'B')).toMatchObject({version: 1})
  expect(await old()).toBe(0)
}, 10_000)

test('an organization that is deleted while another node writes into it keeps nothing', async () => {
  await makeTenant()
  await set(nodes[1], tenant, 'A')
  await other.query('begin; select from audit_heads where org_id = 2 for update')
  const late = set(nodes[1], tenant, 'B', 'late')
  await areWaiting(1)
  const deleted = write(nodes[0], owner, 'orgs.delete', deleteOrgs as never, {params: {org: 'default', name: 'acme'}})
  await areWaiting(2)
  await other.query('commit')
  expect(await late).toMatchObject({version: 1})
  expect(await deleted).toMatchObject({secrets: 2, versions: 2})
  expect(await versions()).toEqual([])
  expect(await query(url, 'select id from entries')).toEqual([])
  await expect(set(nodes[1], tenant, 'C')).rejects.toMatchObject({code: 'unauthenticated'})
  expect(faults).toEqual([])
})
