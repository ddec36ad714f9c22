import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openServices, type Services} from '../../../src/server/services.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {setVariables} from '../../../src/server/variables/set.ts'
import {actor} from '../../world/actor.ts'
import {sqlOn} from '../../world/database.ts'
import {engine, openTestStore} from '../../world/engine.ts'

let folder: string
let store: Store
let services: Services
let faults: unknown[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-seals-'))
  faults = []
  store = await openTestStore(folder)
  services = await openServices({
    store,
    rootKey: Buffer.alloc(32, 3),
    version: '1.2.3',
    dashboardUrl: () => '',
    onFault: (error) => faults.push(error),
  })
  await services.ownerToken(async () => {})
})
afterEach(async () => {
  await services.close()
  rmSync(folder, {recursive: true})
})

let requests = 0
const set = (key: string, value: string, {dryRun = false} = {}) => {
  requests += 1
  const requestId = `request-${requests}`
  return services.context.gate.write({
    actor: actor(1, {name: 'owner'}),
    requestId,
    digest: Buffer.from(requestId),
    address: null,
    target: {kind: 'variable'},
    dryRun,
    oneTimeReply: false,
    operation: 'variables.set',
    act: setVariables,
    input: {
      params: {org: 'default', key},
      query: {scope: 's'},
      body: {value: {encoding: 'utf8', data: value}},
    } as never,
    reached: ['s'],
  })
}
const counted = async () =>
  (await sqlOn<{sealed_count: number}>(folder, "select sealed_count from keys where purpose = 'data'"))[0]?.sealed_count
const sealing = async () =>
  (await sqlOn<{sealed: Uint8Array}>(folder, 'select sealed from versions order by entry_id')).map(({sealed}) =>
    Buffer.from(sealed).readUInt32BE(1),
  )

test('what was committed is counted once a minute, and what sealed nothing, or was undone, is not', async () => {
  await set('A', 'one')
  await set('A', 'one')
  await set('A', 'another', {dryRun: true})
  await Promise.all([set('B', 'two'), set('C', 'three')])
  await services.minutely()
  expect(await counted()).toBe(3)
  await services.minutely()
  expect(await counted()).toBe(3)
})

test('what could not be written is counted the next time', async () => {
  await set('A', 'one')
  await sqlOn(folder, 'alter table keys rename column sealed_count to elsewhere')
  await expect(services.minutely()).rejects.toThrow()
  await sqlOn(folder, 'alter table keys rename column elsewhere to sealed_count')
  await services.minutely()
  expect(await counted()).toBe(1)
})

test('what was counted is written when the services close', async () => {
  await set('A', 'one')
  await services.close()
  expect(await counted()).toBe(1)
  services = {...services, close: async () => {}}
})

describe.runIf(engine === 'postgres')('beside another server', () => {
  test('a turn that seals does not wait for one that has sealed and is not committed yet', async () => {
    const other = await store.writer.startTransaction().execute()
    await other.selectFrom('keys').select('id').where('purpose', '=', 'data').forShare().execute()
    await expect(set('A', 'one')).resolves.toMatchObject({version: 1})
    await other.rollback().execute()
    expect(faults).toEqual([])
  })

  test('a turn that seals waits for one that is about to retire the data key, and seals under the next', async () => {
    const other = await store.writer.startTransaction().execute()
    const now = new Date().toISOString()
    await other.updateTable('keys').set({retired_at: now}).where('purpose', '=', 'data').execute()
    await other.insertInto('keys').values(services.context.keyring.newDataKey(6, now)).execute()
    const written = set('A', 'one')
    const waits =
      "select 1 as one from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await expect.poll(() => sqlOn(folder, waits)).toHaveLength(1)
    await other.commit().execute()
    await expect(written).resolves.toMatchObject({version: 1})
    expect(await sealing()).toEqual([6])
    expect(faults).toEqual([])
  })
})
