import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {columns} from '../../../src/server/store/columns.ts'
import {packed, unpack} from '../../../src/server/store/packed.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {openTestStore} from '../../world/engine.ts'

let folder: string
let store: Store
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-packed-'))
  store = await openTestStore(folder)
})
afterAll(async () => {
  await store?.close()
  rmSync(folder, {recursive: true})
})

const pack = async () => {
  const row = await store.writer.selectFrom('keys').select(packed(columns.keys).as('rows')).executeTakeFirst()
  return unpack(row?.rows)
}

test('no rows are an empty list', async () => {
  expect(await pack()).toEqual([])
})

test('numbers, texts, bytes and null come back as they were, bytes in hex', async () => {
  // PostgreSQL keeps no NUL, and no engine a lone surrogate.
  const text = fc.string({unit: 'grapheme', maxLength: 20}).filter((made) => !made.includes('\0'))
  const row = fc.record({
    purpose: text,
    root_key_id: text,
    wrapped: fc.uint8Array({maxLength: 40}),
    created_at: text,
    sealed_count: fc.nat(2 ** 40),
    retired_at: fc.option(text),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(row, {minLength: 1, maxLength: 5}), async (rows) => {
      const numbered = rows.map((one, id) => ({id, ...one}))
      await store.writer
        .insertInto('keys')
        .values(numbered as never)
        .execute()
      const found = await pack()
      await store.writer.deleteFrom('keys').execute()
      const byColumn = numbered.map((one) => Object.keys(columns.keys).map((name) => one[name as keyof typeof one]))
      expect(found.toSorted((a, b) => Number(a[0]) - Number(b[0])).map(inLowerHex)).toEqual(byColumn.map(inLowerHex))
    }),
    {numRuns: 50},
  )
})

/** Engines write hex in either case. */
const inLowerHex = (values: readonly unknown[]) =>
  values.map((value, at) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
    return Object.keys(columns.keys)[at] === 'wrapped' ? String(value).toLowerCase() : value
  })
