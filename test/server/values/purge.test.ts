import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import type {Actor, Write} from '../../../src/server/gate/types.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {writeCursor} from '../../../src/server/values/cursor.ts'
import {type PurgeInput, purgeValues} from '../../../src/server/values/purge.ts'
import {openTestStore} from '../../world/engine.ts'

const now = '2026-06-01T00:00:00.000Z'
const DAY = 86_400
const daysAgo = (days: number) => new Date(Date.parse(now) - days * DAY * 1000).toISOString()

/** Names with the ages in days of their versions, the oldest first, and of their deletion. */
const stored: {scope: string; key: string; versions: number[]; deleted?: number; purged?: true; kind?: 'variable'}[] = [
  {scope: 'a', key: 'LIVE', versions: [200, 150, 100, 50, 10]},
  {scope: 'a', key: 'OLD', versions: [200, 150], deleted: 100},
  {scope: 'a', key: 'RECENT', versions: [200, 150], deleted: 80},
  {scope: 'a/b', key: 'EDGE', versions: [200], deleted: 90},
  {scope: 'a/b', key: 'ONE', versions: [200]},
  {scope: 'b', key: 'DECLARED', versions: [], deleted: 100},
  {scope: 'b', key: 'GONE', versions: [], deleted: 300, purged: true},
  {scope: 'b', key: 'OTHER', versions: [200], deleted: 100, kind: 'variable'},
]

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-purge-'))
  store = await openTestStore(folder)
  await store.writer
    .insertInto('organizations')
    .values([
      {name: 'default', created_at: now},
      {name: 'other', created_at: now},
    ])
    .execute()
  for (const [org_id, one] of [...stored.map((s) => [1, s] as const), [2, stored[1]!] as const]) {
    const {scope, key, versions, deleted, kind = 'secret'} = one
    const {id} = await store.writer
      .insertInto('entries')
      .values({
        org_id,
        kind,
        scope,
        key,
        version: versions.length,
        length: versions.length === 0 ? null : 1,
        equality: versions.length === 0 ? null : Buffer.from('e'),
        locked: 1,
        owner: 'ann',
        deleted_at: deleted === undefined ? null : daysAgo(deleted),
        purged_at: one.purged ? daysAgo(1) : null,
        updated_at: now,
        updated_by: 'ann',
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await store.writer.insertInto('entry_tags').values({entry_id: id, name: 'team', value: 'x'}).execute()
    for (const [index, age] of versions.entries())
      await store.writer
        .insertInto('versions')
        .values({
          entry_id: id,
          version: index + 1,
          sealed: Buffer.from('s'),
          length: 1,
          created_at: daysAgo(age),
          created_by: 'ann',
          type: 'string',
        })
        .execute()
  }
})
afterEach(async () => {
  await store.close()
  rmSync(folder, {recursive: true})
})

const purge = (
  input: {query?: PurgeInput['query']; body?: Partial<PurgeInput['body']>},
  scopes: string[] | null = null,
) =>
  store.writer.transaction().execute(async (db) => {
    const actor = {name: 'bob', orgId: 1, scopes} as Actor
    const tx = {orgId: 1, org: 'default', now, db} as unknown as Write<'secrets.purge'>
    const asked = {query: {}, ...input, body: {olderThan: 90 * DAY, ...input.body}}
    const [outcome] = await purgeValues(tx, 'secret', [{actor, input: asked}])
    if ('refused' in outcome!) throw new Error(outcome.refused)
    return outcome!
  })
/** What is left of the first organization: `key: versions`. */
const left = async (orgId = 1) => {
  const rows = await store.reader
    .selectFrom('entries')
    .leftJoin('versions', 'versions.entry_id', 'entries.id')
    .select(['key', 'versions.version'])
    .where('org_id', '=', orgId)
    .orderBy('key')
    .orderBy('versions.version')
    .execute()
  const kept: Record<string, number[]> = {}
  for (const {key, version} of rows) kept[key] = [...(kept[key] ?? []), ...(version === null ? [] : [version])]
  return kept
}
const all = {
  LIVE: [1, 2, 3, 4, 5],
  OLD: [1, 2],
  RECENT: [1, 2],
  EDGE: [1],
  ONE: [1],
  DECLARED: [],
  GONE: [],
  OTHER: [1],
}

describe('a purge', () => {
  test.each<[string, Parameters<typeof purge>, string[], object]>([
    ['ends what was deleted before then, and nothing else', [{}], ['OLD 2', 'DECLARED 0'], {OLD: []}],
    [
      'ends no version of a live name, however old',
      [{body: {olderThan: 0}}],
      ['OLD 2', 'RECENT 2', 'EDGE 1', 'DECLARED 0'],
      {OLD: [], RECENT: [], EDGE: []},
    ],
    [
      'ends with --versions what a newer version superseded before then, and no current one',
      [{body: {versions: true}}],
      ['LIVE 2', 'OLD 2', 'DECLARED 0'],
      {OLD: [], LIVE: [3, 4, 5]},
    ],
    [
      'never ends a current version',
      [{body: {versions: true, olderThan: 0}, query: {scope: 'a', key: 'LIVE'}}],
      ['LIVE 4'],
      {LIVE: [5]},
    ],
    ['keeps to a scope', [{query: {scope: 'b'}}], ['DECLARED 0'], {}],
    ['keeps to a key', [{query: {scope: 'a', key: 'OLD'}}], ['OLD 2'], {OLD: []}],
    [
      'keeps to the scopes of its credential',
      [{body: {olderThan: 0}}, ['a/**']],
      ['OLD 2', 'RECENT 2', 'EDGE 1'],
      {OLD: [], RECENT: [], EDGE: []},
    ],
    ['keeps to none where the credential has none of them', [{}, ['c']], [], {}],
  ])('%s', async (_, [input, scopes], gone, expected) => {
    const {reply, targets, changed, erased} = await purge(input, scopes)
    expect(reply.items.map(({key, versions}) => `${key} ${versions}`)).toEqual(gone)
    expect(await left()).toEqual({...all, ...expected})
    expect(await left(2)).toEqual({OLD: [1, 2]})
    expect([changed, erased, reply.changed]).toEqual([gone.length > 0, gone.length > 0, gone.length > 0])
    // One audit entry a name; one that says nothing changed where there is none.
    expect(targets).toHaveLength(Math.max(gone.length, 1))
    expect(targets[0]).toMatchObject(gone.length === 0 ? {kind: 'secret'} : {kind: 'secret', name: reply.items[0]!.key})
  })

  test('leaves of an ended name its number, and nothing that people noted', async () => {
    await purge({})
    const row = await store.reader
      .selectFrom('entries')
      .selectAll()
      .where('org_id', '=', 1)
      .where('key', '=', 'OLD')
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({
      version: 2,
      length: null,
      equality: null,
      locked: 0,
      owner: null,
      purged_at: now,
      updated_by: 'bob',
    })
    const tags = await store.reader.selectFrom('entry_tags').select('entry_id').where('entry_id', '=', row.id).execute()
    expect(tags).toEqual([])
  })

  test('ends a name once', async () => {
    await purge({})
    expect((await purge({})).reply.items).toEqual([])
  })

  test('goes page by page, and a page is not asked for again by what it ended', async () => {
    const first = (await purge({query: {limit: 1}})).reply
    const second = (await purge({query: {limit: 1, cursor: first.nextCursor!}})).reply
    expect([first, second].map(({items}) => items.map(({key}) => key))).toEqual([['OLD'], ['DECLARED']])
    expect(second.nextCursor).toBeNull()
  })

  test.each([
    ['no cursor', 'A'],
    ['names that are none', writeCursor(['a/..', 'KEY'])],
    ['one name alone', writeCursor(['a'])],
    ['a tail', `${writeCursor(['a', 'KEY'])}!`],
  ])('refuses %s', async (_, cursor) => {
    await expect(purge({query: {cursor}})).rejects.toThrow('malformed')
  })
})
