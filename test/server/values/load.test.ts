import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {sql, type Transaction} from 'kysely'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Actor, Disclose} from '../../../src/server/gate/types.ts'
import type {Schema} from '../../../src/server/store/schema.ts'
import type {Store} from '../../../src/server/store/store.ts'
import {loadEntries} from '../../../src/server/values/load.ts'
import {getVariables} from '../../../src/server/variables/get.ts'
import {openTestStore} from '../../world/engine.ts'

const NAMES = 20_000
const now = '2026-06-01T00:00:00.000Z'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-load-'))
  store = await openTestStore(folder, 'postgres')
})
afterEach(async () => {
  await store.close()
  rmSync(folder, {recursive: true})
})

const names = [
  {scope: 'app', key: 'KEY_7'},
  {scope: 'app', key: 'KEY_19000'},
]

const asks = names.map(({scope, key}) => ({
  input: {params: {org: 'default', key}, query: {scope}},
  actor: {name: 'ann'} as Actor,
}))

const lookups: [string, (trx: Transaction<Schema>) => Promise<unknown>][] = [
  ['names', async (trx) => [...(await loadEntries(trx, 1, 'variable', names)).values()].map(({key}) => key)],
  [
    'values',
    async (trx) => {
      const handle = {orgId: 1, db: trx, open: () => Buffer.from('v')} as unknown as Disclose
      return (await getVariables(handle, asks as never)).map((read) => 'reply' in read && read.reply.key)
    },
  ],
]

test.each(
  lookups.flatMap(([what, load]) =>
    [false, true].map((known) => [what, known ? 'with' : 'before it has', load] as const),
  ),
)('PostgreSQL finds %s without reading all others, %s statistics', async (_, when, load) => {
  await store.writer.transaction().execute(async (trx) => {
    await sql`insert into organizations (id, name, created_at) values (1, 'default', ${now})`.execute(trx)
    await sql`insert into entries (org_id, kind, scope, key, version, length, equality, locked, updated_at, updated_by)
      select 1, 'variable', 'app', 'KEY_' || n, 1, 1, 'e', 0, ${now}, 'ann' from generate_series(1, ${NAMES}::int) n`.execute(
      trx,
    )
    await sql`insert into versions (entry_id, version, sealed, length, created_at, created_by)
      select id, 1, 's', 1, ${now}, 'ann' from entries`.execute(trx)
    if (when === 'with') await sql`analyze entries, versions`.execute(trx)
    const before = await rowsRead(trx)
    expect(((await load(trx)) as string[]).sort()).toEqual(['KEY_19000', 'KEY_7'])
    expect((await rowsRead(trx)) - before).toBeLessThan(100)
  })
})

/** How many rows this transaction has read so far, of any table. */
async function rowsRead(trx: Transaction<Schema>): Promise<number> {
  const {rows} = await sql<{read: number}>`
    select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) as read from pg_stat_xact_user_tables`.execute(
    trx,
  )
  return rows[0]!.read
}
