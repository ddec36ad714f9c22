import {cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {newestStep} from '../../src/server/store/migrations/index.ts'
import {openDatabase} from './database.ts'
import {databaseOf, type Engine, openTestStore} from './engine.ts'
import {fill} from './fill.ts'
import {postgresCluster} from './postgres.ts'
import {dumpOf} from './postgres-dump.ts'
import {tempFolder} from './program.ts'
import {answersOf, type Manifest} from './released.ts'
import {type RunningServer, startServer} from './server.ts'
import {versionsIn} from './stored.ts'

const root = resolve(import.meta.dirname, '../..')

/** Keeps a store of the built program, on each engine, as what later versions must open. @throws when it is kept already. */
export async function keepRelease(): Promise<string> {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string}
  const to = join(root, 'test/released', version)
  if (existsSync(to)) throw new Error(`${to} is there: what was released is never changed`)
  const {path, remove} = tempFolder()
  const cluster = await postgresCluster()
  process.env.POSTERN_TEST_DATABASES = cluster.url('')
  try {
    for (const on of ['sqlite', 'postgres'] as const) await keep(version, on, join(path, on), join(path, `kept-${on}`))
    mkdirSync(to, {recursive: true})
    for (const on of ['sqlite', 'postgres']) cpSync(join(path, `kept-${on}`), join(to, on), {recursive: true})
    return to
  } finally {
    await cluster.remove()
    remove()
  }
}

async function keep(version: string, on: Engine, folder: string, to: string): Promise<void> {
  const [data, home] = [join(folder, 'data'), join(folder, 'home')]
  mkdirSync(home, {recursive: true})
  const env = {POSTERN_DATABASE_URL: on === 'postgres' ? await databaseOf(data) : undefined}
  const server = await startServer({data, home, env})
  const {tokens, answers} = await asked(server, home).finally(() => server.stop())
  const manifest: Manifest = {
    version,
    engine: on,
    step: newestStep,
    tokens,
    answers,
    values: await versionsIn(await openTestStore(data, on), data),
  }
  mkdirSync(to)
  for (const name of ['root.key', 'tls'])
    if (existsSync(join(data, name))) cpSync(join(data, name), join(to, name), {recursive: true})
  writeFileSync(join(to, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`)
  if (on === 'postgres') writeFileSync(join(to, 'dump.sql'), await dumpOf(await databaseOf(data)))
  else vacuum(data, join(to, 'postern.db'))
}

async function asked(server: RunningServer, home: string): Promise<Pick<Manifest, 'tokens' | 'answers'>> {
  const tokens = await fill(server, home)
  // One of the tokens has ended by then, as it has whenever the release is opened.
  await sleep(5000)
  return {tokens, answers: await answersOf(server, tokens)}
}

/** In small pages: most tables have a few rows. */
function vacuum(data: string, to: string): void {
  const database = openDatabase(data)
  database.exec('pragma page_size = 512')
  database.prepare('vacuum into ?').run(to)
  database.close()
  rmSync(`${to}-journal`, {force: true})
}
