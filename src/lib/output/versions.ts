import type {Version} from '../../contract/routes/shared.ts'
import {table} from './table.ts'

/** Versions with what is true of them; never a value. */
export function versionTable(items: readonly Version[], terminal: boolean): Promise<string> {
  return table(
    ['version', 'bytes', 'state', 'created', 'by', 'type'],
    items.map(({version, length, state, createdAt, createdBy, type}) => [
      String(version),
      String(length),
      state,
      createdAt,
      createdBy,
      type,
    ]),
    terminal,
  )
}
