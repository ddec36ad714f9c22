import {expect, test} from 'vitest'
import {newKeys} from '../../../src/server/keyring/keyring.ts'
import {rewrapped, unwrapRow} from '../../../src/server/keyring/rows.ts'
import {rootKeyId} from '../../../src/server/keyring/wrap.ts'

const from = Buffer.alloc(32, 1)
const to = Buffer.alloc(32, 2)
const rows = newKeys(from, '2026-01-01T00:00:00.000Z').map((row, index) => ({...row, sealed_count: index}))

test('rewrapping keeps each key and what is known of it, under the new root key alone', () => {
  const after = rewrapped(from, to, rows)
  expect(after.map((row) => unwrapRow(to, row))).toEqual(rows.map((row) => unwrapRow(from, row)))
  const rest = (all: typeof rows) => all.map(({wrapped: _, root_key_id: __, ...row}) => row)
  expect(rest(after)).toEqual(rest(rows))
  expect(new Set(after.map((row) => row.root_key_id))).toEqual(new Set([rootKeyId(to)]))
  for (const row of after) expect(() => unwrapRow(from, row)).toThrow('does not unwrap')
})

test.each([
  ['another root key', {root: to, row: rows[0]!}],
  ['another id', {root: from, row: {...rows[0]!, id: 9}}],
  ['another purpose', {root: from, row: {...rows[0]!, purpose: 'pepper' as const}}],
])('a key does not unwrap under %s', (_, {root, row}) => {
  expect(() => unwrapRow(root, row)).toThrow(`key ${row.id} (${row.purpose}) of this store does not unwrap`)
})
