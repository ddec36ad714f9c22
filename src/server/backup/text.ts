import {type BackupHeader, type BackupRest, backupLines} from '../../formats/backup-file.ts'
import type {Snapshot} from '../store/snapshot.ts'
import {pagesOf} from './dump.ts'
import {moved} from './tables.ts'

/** What follows a backup's header: all rows of a snapshot, a page of one table at a time. */
export async function* itemsOf(snapshot: Snapshot): AsyncGenerator<BackupRest[]> {
  const counts: Record<string, number> = {}
  for (const table of moved) {
    const {name, columns, numbered} = table
    const bytes = columns.filter(({word}) => word === 'bytes').map((column) => column.name)
    const lastId = numbered ? await snapshot.lastId(name) : null
    yield [{is: 'section', section: {table: name, columns: columns.map((column) => column.name), bytes, lastId}}]
    counts[name] = 0
    for await (const page of pagesOf(snapshot.db, table)) {
      counts[name] += page.length
      yield page.map((cells) => ({is: 'row', cells}))
    }
  }
  yield [{is: 'end', rows: counts}]
}

/** A backup as text, a page of rows at a time. `onEnd` is told how many rows it has. */
export async function* backupText(
  snapshot: Snapshot,
  header: BackupHeader,
  onEnd: (rows: number) => void,
): AsyncGenerator<string> {
  const lines = backupLines()
  yield lines.header(header)
  for await (const items of itemsOf(snapshot)) {
    yield items.map((item) => lines.item(item)).join('')
    const [end] = items
    if (end?.is === 'end') onEnd(total(end.rows))
  }
}

/** How many rows all tables have. */
export const total = (rows: Readonly<Record<string, number>>): number =>
  Object.values(rows).reduce((sum, count) => sum + count, 0)
