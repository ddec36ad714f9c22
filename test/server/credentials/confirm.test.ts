import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {confirmActors} from '../../../src/server/credentials/confirm.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {actor} from '../../world/actor.ts'
import {openTestStore} from '../../world/engine.ts'

const now = '2026-11-26T12:00:00.000Z'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-confirm-'))
  store = await openTestStore(folder)
  await store.writer.insertInto('organizations').values({name: 'default', created_at: now}).execute()
  const made = {org_id: 1, created_at: now, created_by: 'test'}
  await store.writer
    .insertInto('environments')
    .values({...made, name: 'production'})
    .execute()
  const token = {...made, expires_at: null, revoked_at: null, role: 'workload'}
  await store.writer
    .insertInto('tokens')
    .values([
      {...token, name: 'bound', hash: Buffer.from('a'), environment_id: 1},
      {...token, name: 'older', hash: Buffer.from('b')},
    ])
    .execute()
})
afterEach(async () => {
  await store.close()
  rmSync(folder, {recursive: true})
})

const permissions = async (tokenId: number) => {
  const asking = actor(tokenId)
  return (await confirmActors(store.reader, [asking], now)).get(asking)?.permissions
}

test('the role workload is what bound tokens alone have', async () => {
  expect([await permissions(1), await permissions(2)]).toEqual([['environments.resolve'], []])
})

test('an organization’s own role of that name, from before there was a built-in one, stays what it was', async () => {
  await store.writer
    .insertInto('roles')
    .values({org_id: 1, name: 'workload', permissions: '["secrets.write"]', created_at: now, created_by: 'test'})
    .execute()
  expect([await permissions(1), await permissions(2)]).toEqual([['environments.resolve'], ['secrets.write']])
})
