import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {build} from 'esbuild'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {databaseOf, openTestStore, placeOf} from '../../world/engine.ts'
import {query} from '../../world/postgres.ts'
import {tempFolder} from '../../world/program.ts'
import {postgresSchema, postgresTables, sqliteSchema, sqliteTables} from '../../world/schema.ts'

const {path: folder, remove} = tempFolder()
let url: string
beforeAll(async () => {
  for (const engine of ['sqlite', 'postgres'] as const) await (await openTestStore(folder, engine)).close()
  url = await databaseOf(folder)
})
afterAll(remove)

describe('the schema that the migrations make of nothing', () => {
  test('is the golden one in SQLite', async () => {
    await expect(sqliteSchema(folder)).toMatchFileSnapshot('../../golden/schema-sqlite.sql')
  })

  test('is the golden one in PostgreSQL', async () => {
    await expect(await postgresSchema(url)).toMatchFileSnapshot('../../golden/schema-postgres.txt')
  })

  test('has the same tables, columns, types, defaults, keys and indexes in both', async () => {
    const [sqlite, postgres] = [sqliteTables(folder), await postgresTables(url)]
    expect(Object.keys(sqlite).length).toBeGreaterThan(10)
    // SQLite lets a key that is no integer be null, unless it is told; nothing here makes one.
    const ids = ['sessions', 'signin_links', 'workload_sessions'].map((table) => sqlite[table]!.columns.id!)
    const keys = [...ids, sqlite.programs!.columns.version!]
    for (const key of keys) {
      expect(key.nullable).toBe(true)
      key.nullable = false
    }
    expect(postgres).toEqual(sqlite)
  })

  test('is made once where several servers migrate one empty database at the same time', async () => {
    const program = join(process.cwd(), 'build', 'test', 'migrate.mjs')
    await build({
      stdin: {
        contents: `import {openStore} from './src/server/store/store.ts'
          const store = await openStore(JSON.parse(process.argv[2]))
          await store.close()`,
        resolveDir: process.cwd(),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      packages: 'external',
    })
    const golden = await postgresSchema(url)
    for (let round = 0; round < 3; round++) {
      const data = join(folder, `at once ${round}`)
      const place = JSON.stringify(await placeOf(data, 'postgres'))
      await Promise.all([1, 2, 3].map(() => promisify(execFile)(process.execPath, [program, place])))
      expect(await postgresSchema(await databaseOf(data))).toBe(golden)
      const steps = await query<{name: string}>(
        await databaseOf(data),
        'select name from kysely_migration order by name',
      )
      expect(steps).toEqual(await query(url, 'select name from kysely_migration order by name'))
    }
  })
})
