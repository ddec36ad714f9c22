import {createHash} from 'node:crypto'
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'vitest'
import {databaseOf, type Engine, engine} from './engine.ts'
import {query} from './postgres.ts'

/** Throws when anything of a data folder or its store is not as it was, byte by byte and row by row, since this was called. */
export async function watchOver(data: string, on: Engine): Promise<() => Promise<void>> {
  const before = await tracesOf(data, on)
  return async () => {
    // A command that takes the folder for itself makes its lock.
    const {'lock.db': _, ...after} = await tracesOf(data, on)
    // A connection of this process that was closed removes these when its last statement is collected.
    const gone = ['postern.db-wal', 'postern.db-shm'].filter((name) => before[name] !== undefined && !(name in after))
    for (const name of gone) delete before[name]
    expect(after).toEqual(before)
  }
}

async function tracesOf(data: string, on: Engine): Promise<Record<string, string>> {
  const files = readdirSync(data, {recursive: true})
    .map(String)
    .filter((name) => statSync(join(data, name)).isFile())
    .map((name) => [name, hash(readFileSync(join(data, name)))])
  return {...Object.fromEntries(files), ...(on === 'postgres' ? await rowsOf(await databaseOf(data)) : {})}
}

/** All that the store of a server holds, as a text to look for something in; the server may run. */
export async function storedText(data: string): Promise<string> {
  if (engine === 'sqlite') {
    const files = ['postern.db', 'postern.db-wal'].map((name) => join(data, name))
    return files.map((file) => (existsSync(file) ? readFileSync(file, 'latin1') : '')).join('')
  }
  const url = await databaseOf(data)
  const tables = await query<{name: string}>(url, "select tablename as name from pg_tables where schemaname = 'public'")
  const rows = await Promise.all(tables.map(({name}) => query(url, `select t::text from "${name}" t`)))
  return JSON.stringify(rows)
}

async function rowsOf(url: string): Promise<Record<string, string>> {
  const found = await query<{name: string; kind: string}>(
    url,
    "select relname as name, relkind as kind from pg_class where relnamespace = 'public'::regnamespace",
  )
  const rows: Record<string, string> = {}
  for (const {name, kind} of found)
    rows[`${kind} ${name}`] =
      kind === 'r' ? hash(JSON.stringify(await query(url, `select t::text from "${name}" t order by 1`))) : ''
  return rows
}

const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')
