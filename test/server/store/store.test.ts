import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type Kysely, sql} from 'kysely'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openServices} from '../../../src/server/services.ts'
import {preparedRows} from '../../../src/server/store/prepared.ts'
import type {Schema} from '../../../src/server/store/schema.ts'
import {openStore} from '../../../src/server/store/store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-store-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const options = (rootKey: Buffer) => ({folder, rootKey, version: '0', dashboardUrl: () => 'https://localhost'})

describe('the embedded store', () => {
  test.each([
    ['UPDATE', "update audit set outcome = 'refused'"],
    ['DELETE', 'delete from audit'],
    ['REPLACE', 'insert or replace into audit select * from audit'],
  ])('refuses %s of an audit entry, in the database itself', async (_, statement) => {
    const services = await openServices(options(Buffer.alloc(32, 1)))
    await services.ownerToken(async () => {})
    await services.close()
    const store = await openStore(folder)
    for (const recursive of ['on', 'off']) {
      await sql.raw(`pragma recursive_triggers = ${recursive}`).execute(store.writer)
      await expect(sql.raw(statement).execute(store.writer)).rejects.toThrow('append-only')
    }
    await store.close()
  })

  test('hands out a reader that cannot write, in the engine too', async () => {
    const store = await openStore(folder)
    await expect(sql`delete from tokens`.execute(store.reader)).rejects.toThrow(/readonly/i)
    await store.close()
  })

  test('keeps every commit on disk: WAL, synchronous FULL, foreign keys', async () => {
    const store = await openStore(folder)
    const value = async (name: string) =>
      Object.values((await sql.raw(`pragma ${name}`).execute(store.writer)).rows[0] as object)[0]
    expect([await value('journal_mode'), await value('synchronous'), await value('foreign_keys')]).toEqual([
      'wal',
      2,
      1,
    ])
    await store.close()
  })

  test('shows the next reader what was written, though readers share transactions', async () => {
    const store = await openStore(folder)
    const names = async (db: typeof store.reader) =>
      (await db.selectFrom('organizations').select('name').orderBy('id').execute()).map(({name}) => name)
    const add = (db: typeof store.writer, name: string) =>
      db.insertInto('organizations').values({name, created_at: 'now'}).execute()
    expect(await names(store.reader)).toEqual([])
    await add(store.writer, 'alone')
    expect(await names(store.reader)).toEqual(['alone'])
    await store.writer.transaction().execute(async (trx) => {
      await add(trx, 'within')
      expect(await names(store.reader)).toEqual(['alone'])
    })
    expect(await names(store.reader)).toEqual(['alone', 'within'])
    await store.close()
  })

  test.each([0, 1, 7, 8, 9, 16, 21])('writes %i rows in their order, in packs', async (number) => {
    const store = await openStore(folder)
    const insert = preparedRows(
      ['name', 'created_at'],
      (db: Kysely<Schema>, rows: {name: string; created_at: string}[]) =>
        db.insertInto('organizations').values(rows).returning('name'),
    )
    const rows = Array.from({length: number}, (_, index) => ({name: `org-${index}`, created_at: `at ${index}`}))
    expect(await insert(store.writer, rows)).toEqual(rows.map(({name}) => ({name})))
    expect(
      await store.reader.selectFrom('organizations').select(['name', 'created_at']).orderBy('id').execute(),
    ).toEqual(rows)
    await store.close()
  })

  test('of a newer program is refused, and left as it is', async () => {
    const store = await openStore(folder)
    await sql`insert into kysely_migration values ('9999-later', '2030-01-01')`.execute(store.writer)
    await store.close()
    await expect(openStore(folder)).rejects.toThrow('written by a newer Postern')
  })

  test('names the root key that it needs when another is given', async () => {
    await (await openServices(options(Buffer.alloc(32, 1)))).close()
    await expect(openServices(options(Buffer.alloc(32, 2)))).rejects.toThrow(
      /needs the root key with id [0-9a-f]{16}, and the one given has id/,
    )
    await (await openServices(options(Buffer.alloc(32, 1)))).close()
  })
})
