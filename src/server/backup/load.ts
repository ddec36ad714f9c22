import {sql, type Transaction} from 'kysely'
import {BackupDamage, type BackupItem, type Cell, type RowCounts, type Section} from '../../formats/backup-file.ts'
import {setLastId} from '../store/at-step.ts'
import type {Schema} from '../store/schema.ts'
import type {Store} from '../store/store.ts'
import {tables} from './tables.ts'

type Db = Transaction<Schema>
type Engine = Store['engine']

/** The most of one statement. */
const ROWS = 100
const BYTES = 4 * 1024 * 1024

/**
 * Writes what follows a backup's header into an empty store whose schema is that of the header, and gives how many rows
 * each table has.
 * @throws BackupDamage when the items are not those of a whole backup of that schema: the transaction is to be undone.
 */
export async function load(trx: Db, engine: Engine, items: AsyncIterable<BackupItem>): Promise<RowCounts> {
  const shape = await shapeOf(trx)
  let rows: RowCounts = {}
  let writer: Writer | null = null
  for await (const item of items) {
    if (item.is === 'row') await writer!.add(item.cells)
    else await writer?.finish()
    if (item.is === 'section') {
      checkShape(shape, item.section)
      writer = writerOf(trx, engine, item.section)
    }
    if (item.is === 'end') rows = item.rows
  }
  // A table that is not named at all would be an empty one.
  if (Object.keys(rows).length !== shape.size) throw new BackupDamage('form')
  return rows
}

/** The tables of a store that are moved, with the names of their columns, as its schema has them. */
async function shapeOf(db: Db): Promise<Map<string, string[]>> {
  const found = await db.introspection.getTables()
  const those = found.filter(({name}) => (tables as Record<string, unknown>)[name] !== 'transient')
  return new Map(those.map(({name, columns}) => [name, columns.map((column) => column.name).sort()]))
}

function checkShape(shape: Map<string, string[]>, {table, columns}: Section): void {
  if (String(shape.get(table)) !== String([...columns].sort())) throw new BackupDamage('form')
}

interface Writer {
  add: (cells: Cell[]) => Promise<void>
  finish: () => Promise<void>
}

function writerOf(db: Db, engine: Engine, {table, columns, lastId}: Section): Writer {
  const names = sql.join(columns.map((name) => sql.ref(name)))
  const pruned = table === 'audit_segments' ? columns.indexOf('pruned_at') : -1
  const marks: Cell[][] = []
  let pack: Cell[][] = []
  let bytes = 0
  const flush = async () => {
    if (pack.length === 0) return
    const rows = pack.map((cells) => sql`(${sql.join(cells)})`)
    pack = []
    bytes = 0
    await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(rows)}`.execute(db)
  }
  return {
    add: async (cells) => {
      // The store takes no segment that is pruned from its beginning: see `prunable` in migrations/types.ts.
      if (pruned !== -1 && cells[pruned] !== null) {
        marks.push(cells)
        cells = cells.with(pruned, null)
      }
      pack.push(cells)
      for (const cell of cells) bytes += cell === null || typeof cell === 'number' ? 8 : cell.length
      if (pack.length === ROWS || bytes > BYTES) await flush()
    },
    finish: async () => {
      await flush()
      for (const cells of marks) await markPruned(db, columns, cells)
      if (lastId !== null) await setLastId(db, engine, table, lastId)
    },
  }
}

/** Segments are few: one has up to 10,000 entries. */
async function markPruned(db: Db, columns: readonly string[], cells: readonly Cell[]): Promise<void> {
  const cell = (name: string) => cells[columns.indexOf(name)]!
  await sql`update audit_segments set pruned_at = ${cell('pruned_at')}
    where org_id = ${cell('org_id')} and last_sequence = ${cell('last_sequence')}`.execute(db)
}
