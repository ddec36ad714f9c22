import {randomUUID} from 'node:crypto'
import {copyFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import pg from 'pg'
import {expect} from 'vitest'
import {openDatabase} from './database.ts'
import {copyDatabase, databaseOf, engine} from './engine.ts'

/** A store, without its folder, as it was at some moment. */
export interface Kept {
  /** Puts it in the place of what the folder has now. Nobody may have that open. */
  putBack: () => Promise<void>
}

/** Keeps the store of a folder as it is. Nobody may have it open. */
export async function keepStore(data: string): Promise<Kept> {
  const name = `kept-${randomUUID()}`
  if (engine === 'postgres') {
    await copyDatabase(data, name)
    return {putBack: () => copyDatabase(name, data)}
  }
  const [path, copy] = [join(data, 'postern.db'), join(data, `${name}.db`)]
  copyFileSync(path, copy)
  return {
    putBack: async () => {
      for (const ending of ['-wal', '-shm']) rmSync(path + ending, {force: true})
      copyFileSync(copy, path)
    },
  }
}

const guarded = ['delete from audit', "update audit set canonical = ''"]

/** Does `sql`, of any number of statements, to a store that nobody has open, once its guards were taken away; with them, it is refused. */
export async function meddle(data: string, sql: string): Promise<void> {
  if (engine === 'postgres') return meddleWithPostgres(await databaseOf(data), sql)
  // With a copy: this process has had the file open before, and SQLite would use what it remembers of it.
  const [path, name] = [join(data, 'postern.db'), `meddled-${randomUUID()}.db`]
  copyFileSync(path, join(data, name))
  const database = openDatabase(data, name)
  database.exec('pragma journal_mode = delete')
  for (const statement of guarded) expect(() => database.exec(statement)).toThrow(/audit/)
  for (const trigger of database.prepare("select name from sqlite_master where type = 'trigger'").all())
    database.exec(`drop trigger "${trigger.name}"`)
  database.exec(sql)
  database.close()
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, {force: true})
  copyFileSync(join(data, name), path)
  rmSync(join(data, name))
}

async function meddleWithPostgres(url: string, sql: string): Promise<void> {
  const client = new pg.Client({connectionString: url})
  await client.connect()
  try {
    for (const statement of guarded) await expect(client.query(statement)).rejects.toThrow(/audit/)
    await client.query('set session_replication_role = replica')
    await client.query(sql)
  } finally {
    await client.end()
  }
}
