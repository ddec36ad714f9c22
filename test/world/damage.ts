import {execFileSync} from 'node:child_process'
import {join} from 'node:path'
import {databaseOf, engine} from './engine.ts'
import {query} from './postgres.ts'

/** Where a byte of a store is, in SQL: a column, and the one row of a table. */
export interface Spot {
  table: string
  column: string
  where: string
}

/** Changes a byte in the middle of what is stored at a spot, while the server is stopped; done again, it is as it was. */
export async function flip(data: string, spot: Spot): Promise<void> {
  await (engine === 'sqlite' ? flipInFile(data, spot) : flipInDatabase(await databaseOf(data), spot))
}

const flipped = (was: Uint8Array | string): Uint8Array | string => {
  const bytes = Buffer.from(was as string)
  bytes[bytes.length >> 1]! ^= 1
  return typeof was === 'string' ? bytes.toString() : bytes
}

const selectOf = ({table, column, where}: Spot) => `select ${column} as was from ${table} where ${where}`

async function flipInDatabase(url: string, spot: Spot): Promise<void> {
  const {table, column, where} = spot
  const rows = await query<{was: Uint8Array | string}>(url, selectOf(spot))
  if (rows.length !== 1) throw new Error(`${rows.length} rows`)
  await query(url, `alter table ${table} disable trigger user`)
  await query(url, `update ${table} set ${column} = $1 where ${where}`, [flipped(rows[0]!.was)])
  await query(url, `alter table ${table} enable trigger user`)
}

/**
 * In a process of its own: this one may have had the file open before, and SQLite would use what it remembers of a log that
 * is gone. Guards are taken away for as long as it takes.
 */
function flipInFile(data: string, spot: Spot): void {
  const update = `update ${spot.table} set ${spot.column} = ? where ${spot.where}`
  const script = `const {DatabaseSync} = require('@photostructure/sqlite')
    const [path, select, update] = process.argv.slice(1)
    const database = new DatabaseSync(path)
    const guards = database.prepare("select name, sql from sqlite_master where type = 'trigger'").all()
    for (const {name} of guards) database.exec('drop trigger "' + name + '"')
    const rows = database.prepare(select).all()
    if (rows.length !== 1) throw new Error(rows.length + ' rows')
    const flipped = ${flipped}
    database.prepare(update).run(flipped(rows[0].was))
    for (const {sql} of guards) database.exec(sql)`
  execFileSync(process.execPath, ['-e', script, join(data, 'postern.db'), selectOf(spot), update])
}
