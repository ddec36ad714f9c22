import {sql} from 'kysely'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {readinessOf} from '../../src/server/readiness.ts'
import type {Store} from '../../src/server/store/store.ts'
import {engine, openTestStore} from '../world/engine.ts'
import {tempFolder} from '../world/program.ts'

let folder: ReturnType<typeof tempFolder>
let store: Store
let at: number
beforeEach(async () => {
  folder = tempFolder()
  store = await openTestStore(folder.path)
  at = 0
  const created_at = new Date(0).toISOString()
  await store.writer
    .insertInto('organizations')
    .values(['default', 'other'].map((name) => ({name, created_at})))
    .execute()
})
afterEach(async () => {
  await store.close()
  folder.remove()
})

/** Has the store refuse each change of an organization that this holds of. */
async function refuse(when: string): Promise<void> {
  const statements =
    engine === 'sqlite'
      ? [`create trigger spoiled before update on organizations when ${when} begin select raise(abort, 'no'); end`]
      : [
          `create function spoil() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`,
          `create trigger spoiled before update on organizations for each row when (${when}) execute function spoil()`,
        ]
  for (const text of statements) await sql.raw(text).execute(store.writer)
}
const mend = () =>
  sql.raw(engine === 'sqlite' ? 'drop trigger spoiled' : 'drop trigger spoiled on organizations').execute(store.writer)

test('the store is looked at once a second, however many ask', async () => {
  const readiness = readinessOf(store, () => at)
  const looked = vi.spyOn(store.reader, 'selectFrom')
  const all = () => Promise.all(Array.from({length: 100}, readiness.check))
  await all()
  at = 999
  await all()
  expect(looked).toHaveBeenCalledTimes(1)
  at = 1000
  await all()
  expect(looked).toHaveBeenCalledTimes(2)
})

test('a turn that failed is known at once, and so is one that was committed after it', async () => {
  const readiness = readinessOf(store, () => at)
  await readiness.check()
  await refuse('old.id > 0')
  readiness.failed()
  await expect(readiness.check()).rejects.toMatchObject({code: 'unavailable'})
  readiness.wrote()
  await readiness.check()
})

/** Has the store not answer once; `meanwhile` happens while it is looked at. */
const away = (meanwhile = () => {}) =>
  vi.spyOn(store.reader, 'selectFrom').mockImplementationOnce(() => {
    meanwhile()
    throw new Error('the connection is gone')
  })

test('a turn that was committed says that a store which did not answer does again, though none failed meanwhile', async () => {
  const readiness = readinessOf(store, () => at)
  away()
  await expect(readiness.check()).rejects.toMatchObject({code: 'unavailable'})
  readiness.wrote()
  await readiness.check()
})

test('what was found while a turn was committed is told once, and not for a second', async () => {
  const readiness = readinessOf(store, () => at)
  away(readiness.wrote)
  await expect(readiness.check()).rejects.toMatchObject({code: 'unavailable'})
  await readiness.check()
})

test('whether writes succeed again is tried on one row, and found out within a second', async () => {
  const readiness = readinessOf(store, () => at)
  await refuse('old.id > 0')
  readiness.failed()
  await expect(readiness.check()).rejects.toMatchObject({code: 'unavailable'})
  await mend()
  if (engine === 'postgres') await sql.raw('drop function spoil').execute(store.writer)
  await refuse(`old.name <> 'default'`)
  at = 1000
  await readiness.check()
})
