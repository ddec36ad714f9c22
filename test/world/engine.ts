import {createHash} from 'node:crypto'
import {chmodSync, cpSync} from 'node:fs'
import {openStore, type Store, type StorePlace} from '../../src/server/store/store.ts'
import {query} from './postgres.ts'

export type Engine = 'sqlite' | 'postgres'

/** The engine of this run: what names no other is tested on it. */
export const engine: Engine = process.env.POSTERN_TEST_ENGINE === 'postgres' ? 'postgres' : 'sqlite'

const made = new Map<string, Promise<string>>()

/** The database that stands for the store of a data folder. */
export const databaseOf = (data: string): Promise<string> => databaseUrl(nameOf(data))

/** The URL of a database by this name on the test run's PostgreSQL, made when it is not there. */
export function databaseUrl(name: string): Promise<string> {
  const known = made.get(name)
  if (known !== undefined) return known
  const url = query(urlOf('postgres'), `create database "${name}"`).then(
    () => urlOf(name),
    (error: unknown) => {
      // 42P04: another process of this world made it.
      if ((error as {code?: string}).code === '42P04') return urlOf(name)
      throw error
    },
  )
  made.set(name, url)
  return url
}

/** Makes the database of `to` as that of `from` is, whatever it was before. Nobody may have either open. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  await query(urlOf('postgres'), `drop database if exists "${nameOf(to)}"`)
  await query(urlOf('postgres'), `create database "${nameOf(to)}" template "${nameOf(from)}"`)
}

/** Copies a data folder with the store of it, which nobody may have open. */
export async function copyData(from: string, to: string): Promise<void> {
  cpSync(from, to, {recursive: true})
  // Node 24 leaves the copy open to others, which a server refuses.
  chmodSync(to, 0o700)
  if (engine === 'postgres') await copyDatabase(from, to)
}

const nameOf = (data: string) => `t_${createHash('sha256').update(data).digest('hex').slice(0, 20)}`

function urlOf(database: string): string {
  const base = process.env.POSTERN_TEST_DATABASES
  if (base === undefined) throw new Error('the test run has no PostgreSQL: see test/setup/postgres.ts')
  return base + database
}

/** Where the store of a data folder is in this run. */
export async function placeOf(data: string, on: Engine = engine): Promise<StorePlace> {
  if (on === 'sqlite') return data
  return placeAt(await databaseOf(data))
}

/** A store in the database with this URL. */
export const placeAt = (url: string): StorePlace => ({
  url,
  place: 'the test database',
  ssl: false,
  pool: 5,
  statementTimeout: 30_000,
})

/** Opens the store of a data folder, beside its server or without one. */
export const openTestStore = async (data: string, on?: Engine): Promise<Store> => openStore(await placeOf(data, on))

/** What tells a program that works on a data folder, by `--data` or `--folder`, where the store of that is. */
export async function engineEnv(argv: readonly string[]): Promise<Record<string, string>> {
  if (engine === 'sqlite' || argv[0] !== 'server') return {}
  const at = argv.findIndex((word) => word === '--data' || word === '--folder')
  const data = at === -1 ? undefined : argv[at + 1]
  return data === undefined || data.startsWith('-') ? {} : {POSTERN_DATABASE_URL: await databaseOf(data)}
}
