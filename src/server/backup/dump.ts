import {type Kysely, sql} from 'kysely'
import type {Cell} from '../../formats/backup-file.ts'
import type {Schema} from '../store/schema.ts'
import type {Moved} from './tables.ts'

/** The most that a page holds, so that no table need fit into memory; one row may be more than these bytes. */
const ROWS = 1000
const BYTES = 4 * 1024 * 1024

type Row = Record<string, Cell>

/** The rows of a table in the order of its primary key, a page at a time; a row is its cells, in the order of the columns. */
export async function* pagesOf(db: Kysely<Schema>, table: Moved): AsyncGenerator<Cell[][]> {
  const names = table.columns.map(({name}) => name)
  let after: Cell[] | null = null
  for (;;) {
    const last: Cell[] | null = await endOfPage(db, table, after)
    if (last === null) return
    const {rows} = await sql<Row>`select ${columns(names)} from ${sql.table(table.name)}
      where ${beyond(table, after)} and (${columns(table.key)}) <= (${sql.join(last)})
      order by ${columns(table.key)}`.execute(db)
    yield rows.map((row) => names.map((name) => row[name]!))
    after = last
  }
}

/** The primary key of the last row of the page that begins after a row; null: there are no more rows. */
export async function endOfPage(db: Kysely<Schema>, table: Moved, after: Cell[] | null): Promise<Cell[] | null> {
  const {name, key, size} = table
  const {rows} = await sql<Row>`select ${columns(size === null ? key : [...key, size])} from ${sql.table(name)}
    where ${beyond(table, after)} order by ${columns(key)} limit ${ROWS}`.execute(db)
  let bytes = 0
  const tooMany = rows.findIndex((row, index) => {
    bytes += size === null ? 0 : Number(row[size])
    return bytes > BYTES && index > 0
  })
  const last = tooMany === -1 ? rows.at(-1) : rows[tooMany - 1]
  return last === undefined ? null : key.map((column) => last[column]!)
}

const columns = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)))

const beyond = ({key}: Moved, after: Cell[] | null) =>
  after === null ? sql`1 = 1` : sql`(${columns(key)}) > (${sql.join(after)})`
