import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {MAX_HELD, MAX_HELD_BY_ONE} from '../../../src/contract/limits.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {createHeld} from '../../../src/server/surfaces/held.ts'
import {actor} from '../../world/actor.ts'
import {openTestStore} from '../../world/engine.ts'

let folder: string
let store: Store
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-held-'))
  store = await openTestStore(folder)
  await store.writer.insertInto('organizations').values({name: 'default', created_at: ''}).execute()
})
afterAll(async () => {
  await store?.close()
  rmSync(folder, {recursive: true})
})

/** An entry in the log of the organization, as any server of the store writes it. */
async function record(sequence: number): Promise<void> {
  const row = {org_id: 1, sequence, hash: '', at: '', signature: ''}
  await store.writer
    .insertInto('audit_heads')
    .values(row)
    .onConflict((conflict) => conflict.column('org_id').doUpdateSet({sequence}))
    .execute()
}

const same = {changed: false}
const never = new AbortController().signal

describe('a request that is held', () => {
  test('asks again after an entry, and is answered once that says that it changed', async () => {
    await record(1)
    const held = createHeld(store.reader)
    let asked = 0
    const answered = held.until(actor(1), {
      first: same,
      again: async () => {
        asked += 1
        return {changed: asked === 3}
      },
      gone: never,
    })
    // What was there before is not known to be seen.
    while (asked < 1) await sleep(20)
    await sleep(1200)
    expect(asked).toBe(1)
    await record(2)
    while (asked < 2) await sleep(20)
    await record(3)
    expect(await answered).toEqual({changed: true})
  })

  test('is answered that nothing changed once its time is over', async () => {
    const held = createHeld(store.reader, () => {}, 100)
    expect(await held.until(actor(1), {first: same, again: async () => same, gone: never})).toEqual(same)
  })

  test('is let go when its client is gone', async () => {
    const held = createHeld(store.reader)
    const gone = new AbortController()
    const answered = held.until(actor(1), {first: same, again: async () => same, gone: gone.signal})
    gone.abort()
    expect(await answered).toEqual(same)
  })

  test('is let go when the server ends, and so is who comes then', async () => {
    const held = createHeld(store.reader)
    const asking = {first: same, again: async () => same, gone: never}
    const answered = held.until(actor(1), asking)
    held.end()
    expect([await answered, await held.until(actor(1), asking)]).toEqual([same, same])
  })

  test('fails as what it asks fails: its credential may have ended', async () => {
    const held = createHeld(store.reader)
    const again = async () => Promise.reject(new Error('ended'))
    await expect(held.until(actor(1), {first: same, again, gone: never})).rejects.toThrow('ended')
  })
})

test(`no more than MAX_HELD are held, and MAX_HELD_BY_ONE of a credential; one that goes leaves its place`, async () => {
  let refused = 0
  const held = createHeld(store.reader, () => {
    refused += 1
  })
  const gone = new AbortController()
  const hold = (id: number, signal = never) =>
    held.until(actor(id), {first: same, again: async () => same, gone: signal})
  const own = Array.from({length: MAX_HELD_BY_ONE}, (_, n) => hold(1, n === 0 ? gone.signal : never))
  await expect(hold(1)).rejects.toMatchObject({code: 'overloaded'})
  gone.abort()
  await own[0]
  own.push(hold(1))
  for (let id = 2; own.length <= MAX_HELD + 1; id += 1)
    own.push(...Array.from({length: MAX_HELD_BY_ONE}, () => hold(id)))
  const over = own.splice(MAX_HELD + 1)
  const outcomes = await Promise.allSettled(over)
  expect(new Set(outcomes.map(({status}) => status))).toEqual(new Set(['rejected']))
  expect(refused).toBe(1 + over.length)
  held.end()
  await Promise.all(own)
})
