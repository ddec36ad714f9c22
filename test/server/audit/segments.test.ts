import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type KyselyPlugin, sql} from 'kysely'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {linesDigest} from '../../../src/formats/audit-archive.ts'
import {verifySegment} from '../../../src/formats/audit-segment.ts'
import {listAudit} from '../../../src/server/audit/list.ts'
import {pruneAudit} from '../../../src/server/audit/prune.ts'
import {MOST, sealAudit} from '../../../src/server/audit/seal.ts'
import {append, lockHead} from '../../../src/server/gate/chain.ts'
import {createGate, type Gate} from '../../../src/server/gate/gate.ts'
import type {Actor} from '../../../src/server/gate/types.ts'
import {type Keyring, newKeys, openKeyring} from '../../../src/server/keyring/keyring.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {actor} from '../../world/actor.ts'
import {engine, openTestStore} from '../../world/engine.ts'

let folder: string
let store: Store
let keyring: Keyring
let gate: Gate

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-segments-'))
  store = await openTestStore(folder)
  const now = new Date().toISOString()
  await store.writer
    .insertInto('keys')
    .values(newKeys(Buffer.alloc(32, 3), now))
    .execute()
  await store.writer.insertInto('organizations').values({name: 'default', created_at: now}).execute()
  await store.writer
    .insertInto('tokens')
    .values(
      ['owner', 'admin', 'auditor'].map((role, index) => ({
        org_id: 1,
        name: role,
        hash: Buffer.from([index]),
        role,
        created_at: now,
        created_by: 'test',
      })),
    )
    .execute()
  keyring = await openKeyring(store.reader, Buffer.alloc(32, 3))
  gate = createGate({store, keyring, now: () => new Date(), onFault: (error) => expect.fail(String(error))})
})
afterEach(async () => {
  await gate.close()
  await store.close()
  rmSync(folder, {recursive: true})
})

/** Writes so many entries, as the gate does. */
async function happen(count: number): Promise<void> {
  const actor = {kind: 'token', id: 'token:1', name: 'owner'}
  for (let left = count; left > 0; left -= 2000) {
    const records = Array.from({length: Math.min(left, 2000)}, () => ({
      org: 'default',
      time: '2026-01-01T00:00:00.000Z',
      actor,
      surface: 'cli' as const,
      operation: 'secrets.set',
      target: {kind: 'secret', scope: 'production', name: 'DB_PASSWORD', version: 1},
      outcome: 'done' as const,
      code: null,
      reason: null,
      requestId: '00000000-0000-4000-8000-000000000001',
      address: '127.0.0.1',
    }))
    await store.writer
      .transaction()
      .execute(async (trx) => append(trx, 1, await lockHead(trx, 1), records, keyring.sign))
  }
}

const owner = actor(1, {name: 'owner'})
let requests = 0
const common = (as: Actor) => {
  requests += 1
  return {
    actor: as,
    requestId: `request-${requests}`,
    address: null,
    target: {kind: 'audit'},
    reached: 'organization' as const,
    digest: keyring.requestDigest(String(requests)),
    dryRun: false,
    oneTimeReply: false,
  }
}
type Body<A extends typeof sealAudit | typeof pruneAudit> = Parameters<A>[1][0]['input']['body']
const seal = (last: Body<typeof sealAudit>['last'], more: {as?: Actor; dryRun?: boolean} = {}) => {
  const input = {params: {org: 'default'}, query: {}, body: {last}}
  return gate.write({...common(more.as ?? owner), ...more, operation: 'audit.seal', act: sealAudit, input})
}
const prune = (body: Body<typeof pruneAudit>, as = owner) =>
  gate.write({
    ...common(as),
    operation: 'audit.prune',
    act: pruneAudit,
    input: {params: {org: 'default'}, query: {}, body},
  })

const stored = async () =>
  (await store.reader.selectFrom('audit').select('sequence').orderBy('sequence').execute()).map((row) => row.sequence)
async function digest(first: number, last: number): Promise<string> {
  const rows = await store.reader.selectFrom('audit').selectAll().orderBy('sequence').execute()
  const lines = linesDigest()
  for (const row of rows) if (row.sequence >= first && row.sequence <= last) lines.add(row.canonical)
  return lines.hex()
}

describe('a page of the log', () => {
  test('that a prune comes in between is of one moment all the same', async () => {
    await happen(5)
    const {segment} = await seal(3)
    const sha256 = await digest(1, 3)
    let pruned = false
    const pruneAfterTheFirst: KyselyPlugin = {
      transformQuery: ({node}) => node,
      transformResult: async ({result}) => {
        if (!pruned) {
          pruned = true
          await prune({last: 3, hash: segment.hash, sha256})
        }
        return result
      },
    }
    const read = {actor: owner, db: store.reader.withPlugin(pruneAfterTheFirst), now: ''}
    const page = await listAudit(keyring.auditKey)(read, {params: {org: 'default'}, query: {after: 0}, body: undefined})
    expect(pruned).toBe(true)
    expect(page.base).toEqual(segment)
    expect(page.entries.map(({canonical}) => JSON.parse(canonical).sequence)).toEqual([4, 5, 6, 7])
    expect(page.head.sequence).toBe(7)
  })
})

describe('audit.seal', () => {
  test('closes what follows the last segment, signed, and is itself an entry after it', async () => {
    await happen(5)
    const {segment: one} = await seal(3)
    const {segment: two} = await seal(5)
    expect([one.first, one.last, two.first, two.last]).toEqual([1, 3, 4, 5])
    expect(two.previous).toBe(one.hash)
    for (const segment of [one, two]) expect(verifySegment(segment, keyring.auditKey)).toBe(true)
    expect(verifySegment({...two, first: 3}, keyring.auditKey)).toBe(false)
    expect(await stored()).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test.each<[string, number, string]>([
    ['what is sealed already', 3, 'version_conflict'],
    ['what is not there yet', 99, 'not_found'],
  ])('refuses %s', async (_, last, code) => {
    await happen(5)
    await seal(3)
    await expect(seal(last)).rejects.toMatchObject({code})
  })

  test('makes no segment longer than one turn can bear', async () => {
    await happen(MOST + 2)
    expect((await seal(MOST + 2)).segment).toMatchObject({first: 1, last: MOST})
    expect((await seal(MOST + 2)).segment).toMatchObject({first: MOST + 1, last: MOST + 2})
  })

  test('tried, it leaves nothing', async () => {
    await happen(5)
    expect((await seal(3, {dryRun: true})).segment.last).toBe(3)
    expect(await store.reader.selectFrom('audit_segments').selectAll().execute()).toEqual([])
  })

  test.each([2, 3])('is for owners alone: token %i', async (tokenId) => {
    await happen(5)
    await expect(seal(3, {as: {...owner, tokenId}})).rejects.toMatchObject({code: 'forbidden'})
  })
})

describe('audit.prune', () => {
  test('removes the entries, keeps the segment and the rest', async () => {
    await happen(5)
    const {hash, last} = (await seal(3)).segment
    await prune({last, hash, sha256: await digest(1, 3)})
    expect(await stored()).toEqual([4, 5, 6, 7])
    await happen(1)
    expect(await stored()).toEqual([4, 5, 6, 7, 8])
  })

  test.each<[string, (right: {last: number; hash: string; sha256: string}) => object, string]>([
    ['another digest', () => ({sha256: '0'.repeat(64)}), 'value_refused'],
    ['another hash', () => ({hash: '0'.repeat(64)}), 'value_refused'],
    ['a newer segment before the oldest', () => ({last: 5}), 'version_conflict'],
    ['an end where no segment ends', () => ({last: 2}), 'not_found'],
    ['what is not sealed', () => ({last: 6}), 'version_conflict'],
  ])('refuses %s, and removes nothing', async (_, change, code) => {
    await happen(6)
    const {hash, last} = (await seal(3)).segment
    await seal(5)
    const right = {last, hash, sha256: await digest(1, 3)}
    await expect(prune({...right, ...change(right)})).rejects.toMatchObject({code})
    expect(await stored()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    await prune(right)
    await expect(prune(right)).rejects.toMatchObject({code: 'not_found'})
  })

  test.each([2, 3])('is for owners alone: token %i', async (tokenId) => {
    await happen(5)
    const {hash, last} = (await seal(3)).segment
    const asked = prune({last, hash, sha256: await digest(1, 3)}, {...owner, tokenId})
    await expect(asked).rejects.toMatchObject({code: 'forbidden'})
  })
})

/** Writes rows over themselves, in the engine's words. */
const replacing = (table: string, key: string, where: string) =>
  engine === 'sqlite'
    ? `insert or replace into ${table} select * from ${table} where ${where}`
    : `insert into ${table} select * from ${table} where ${where} on conflict (${key}) do update set hash = 'x'`

describe('the database itself', () => {
  test.each<[string, string]>([
    ['removal of what is sealed and not pruned', 'delete from audit where sequence = 4'],
    ['removal of what is not sealed', 'delete from audit where sequence = 6'],
    ['change of an entry', "update audit set outcome = 'refused' where sequence = 4"],
    ['replacement of an entry', replacing('audit', 'org_id, sequence', 'sequence = 4')],
    ['removal of a segment', 'delete from audit_segments where last_sequence = 5'],
    ['removal of a pruned segment', 'delete from audit_segments where last_sequence = 3'],
    ['another end of a segment', "update audit_segments set hash = 'x', pruned_at = 'now' where last_sequence = 5"],
    ['taking back a prune', 'update audit_segments set pruned_at = null'],
    ['a second prune', "update audit_segments set pruned_at = 'later' where last_sequence = 3"],
    ['replacement of a segment', replacing('audit_segments', 'org_id, last_sequence', 'true')],
    ...(engine === 'postgres'
      ? ([
          ['removal of all entries at once', 'truncate audit'],
          ['removal of all segments at once', 'truncate audit_segments'],
        ] as [string, string][])
      : []),
    ['a segment that is born pruned', "insert into audit_segments values (1, 6, 7, 'x', 'x', 'x', 'x', 'x', 'now')"],
    ['a segment that overlaps another', "insert into audit_segments values (1, 5, 7, 'x', 'x', 'x', 'x', 'x', null)"],
  ])('refuses %s', async (_, statement) => {
    await happen(5)
    const {hash, last} = (await seal(3)).segment
    await seal(5)
    await prune({last, hash, sha256: await digest(1, 3)})
    // What SQLite may be told not to do.
    for (const recursive of engine === 'sqlite' ? ['on', 'off'] : [null]) {
      if (recursive !== null) await sql.raw(`pragma recursive_triggers = ${recursive}`).execute(store.writer)
      await expect(sql.raw(statement).execute(store.writer)).rejects.toThrow(/append-only|stay/)
    }
  })
})
