import {chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {newestStep} from '../../src/server/store/migrations/index.ts'
import {signIn} from '../world/browser.ts'
import {openDatabase} from '../world/database.ts'
import {databaseOf, type Engine, openTestStore} from '../world/engine.ts'
import {query} from '../world/postgres.ts'
import {schemaOf} from '../world/postgres-dump.ts'
import {run, tempFolder} from '../world/program.ts'
import {answersOf, holding, type Manifest} from '../world/released.ts'
import {type RunningServer, startServer} from '../world/server.ts'
import {versionsIn} from '../world/stored.ts'
import {succeed} from '../world/world.ts'

const released = resolve(import.meta.dirname, '../released')
const kept = readdirSync(released, {withFileTypes: true})
  .filter((entry) => entry.isDirectory())
  .flatMap(({name}) => (['sqlite', 'postgres'] as const).map((on): [string, Engine] => [name, on]))

let folder: ReturnType<typeof tempFolder>
let server: RunningServer | null = null
beforeEach(() => {
  folder = tempFolder()
})
afterEach(async () => {
  await server?.stop()
  server = null
  folder.remove()
})

/** Puts a kept store where today's program opens it. */
async function unpack(version: string, on: Engine): Promise<{data: string; manifest: Manifest}> {
  const [from, data] = [join(released, version, on), join(folder.path, 'data')]
  cpSync(from, data, {recursive: true, filter: (path) => !/(manifest\.json|dump\.sql)$/.test(path)})
  chmodSync(data, 0o700)
  if (on === 'postgres') await query(await databaseOf(data), readFileSync(join(from, 'dump.sql'), 'utf8'))
  return {data, manifest: JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8'))}
}

/** The schema of a store, as the engine tells it. */
async function schemaIn(data: string, on: Engine): Promise<unknown> {
  if (on === 'postgres') return schemaOf(await databaseOf(data))
  const database = openDatabase(data)
  const rows = database.prepare('select type, name, tbl_name, sql from sqlite_master order by type, name').all()
  database.close()
  return rows.map((row) => ({...row}))
}

test('there is a release, with a store of each engine', () => {
  expect(kept.length).toBeGreaterThan(0)
  for (const [version, on] of kept) expect(existsSync(join(released, version, on, 'manifest.json'))).toBe(true)
})

test.each(kept)(
  'the store that Postern %s left on %s opens, reads, writes and verifies',
  {timeout: 120_000},
  async (version, on) => {
    const {data, manifest} = await unpack(version, on)
    const {tokens} = manifest
    const home = join(folder.path, 'home')
    const env = {POSTERN_DATABASE_URL: on === 'postgres' ? await databaseOf(data) : undefined}
    const cli = async (argv: string, stdin = '') => (await succeed(run(argv.split(' '), home, {stdin, env}))).stdout

    expect(JSON.parse(await cli(`server upgrade --check --json --data ${data}`))).toMatchObject({
      step: manifest.step,
      lastProgram: version,
      inUse: false,
    })
    server = await startServer({data, home, env})
    expect(JSON.parse(await cli(`server upgrade --check --json --data ${data}`))).toMatchObject({
      step: newestStep,
      steps: [],
    })

    const answers = await answersOf(server, tokens)
    for (const {token, path, status, body} of manifest.answers)
      expect(answers).toContainEqual({token, path, status, body: holding(body)})

    await cli(`login ${server.url} --ca-file ${join(data, 'tls/ca.crt')}`, tokens.owner)
    expect(await cli('audit verify')).toMatch(/^Verified/)
    expect(await cli('secret set -s production DB_PASSWORD', 'hunter4')).toMatch(/version 4/)
    expect(await cli('secret rollback -s production DB_PASSWORD --to 1 --yes')).toMatch(/version 5/)
    expect(await cli('secret restore -s production GONE --yes')).toMatch(/GONE/)
    await cli('scope create afterwards')
    expect(await cli('secret set -s afterwards NEW', 'new')).toMatch(/version 1/)
    expect(await cli('token create later --role rotator')).not.toBe('')

    const dashboard = await signIn(JSON.parse(await cli('dashboard open --json')).url, server.ca)
    const at = {params: {org: 'default', key: 'DB_PASSWORD'}, query: {scope: 'production'}}
    expect(await dashboard.call('secretsHistory', at)).toMatchObject({status: 200})
    const body = {value: {encoding: 'utf8' as const, data: 'x'}}
    expect(await dashboard.call('secretsSet', {...at, body})).toMatchObject({
      status: 403,
      json: {code: 'operation_disabled'},
    })

    expect(await cli('audit verify')).toMatch(/^Verified/)
    await cli(`login ${server.url} --profile acme --ca-file ${join(data, 'tls/ca.crt')}`, tokens.acme)
    expect(await cli('audit verify --profile acme')).toMatch(/^Verified/)

    expect(await server.stop()).toBe(0)
    const values = await versionsIn(await openTestStore(data, on), data)
    expect(values).toEqual(expect.arrayContaining(manifest.values))
    const fresh = join(folder.path, 'fresh')
    mkdirSync(fresh)
    await (await openTestStore(fresh, on)).close()
    expect(await schemaIn(data, on)).toEqual(await schemaIn(fresh, on))
  },
)
