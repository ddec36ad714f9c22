import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {keepLastGood, type LastGood, readLastGood} from '../../../src/lib/run/last-good.ts'
import {tempFolder} from '../../world/program.ts'
import {items} from './resolved.ts'

const MINUTE = 60_000
let folder: ReturnType<typeof tempFolder>
let kept: LastGood
const at = new Date('2026-03-01T12:00:00.000Z')
beforeEach(() => {
  folder = tempFolder()
  const of = {server: 'https://postern.example', only: null, scopes: null}
  kept = {file: join(folder.path, 'last-good'), token: 'postern_workload_x', of, maxAge: 60 * MINUTE}
  const resolved = {org: 'default', environment: 'app', etag: 'e'.repeat(43), items: items({KEY: 'v'}), missing: []}
  keepLastGood(kept, resolved, at)
})
afterEach(() => folder.remove())

test.each<[string, number, RegExp | null]>([
  ['at once', 0, null],
  ['as old as it may be', 60 * MINUTE, null],
  ['older', 60 * MINUTE + 1, /older than --max-age/],
  ['by a clock that keeps its time', -5 * MINUTE, null],
  ['by a clock that was set back', -5 * MINUTE - 1, /is yet to come/],
])('what was kept is used %s', (_, passed, refused) => {
  const read = () => readLastGood(kept, new Date(at.getTime() + passed))
  if (refused === null) expect(read().resolved.items[0]!.value.bytes().toString()).toBe('v')
  else expect(read).toThrow(refused)
})
