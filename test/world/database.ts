import {createRequire} from 'node:module'
import {join} from 'node:path'
import type {DatabaseSyncInstance} from '@photostructure/sqlite'

/** Opens a data folder's database beside its server, or another file. */
export function openDatabase(data: string, file = 'postern.db'): DatabaseSyncInstance {
  const {DatabaseSync} = createRequire(import.meta.url)(
    '@photostructure/sqlite',
  ) as typeof import('@photostructure/sqlite')
  return new DatabaseSync(join(data, file))
}

/** Every row of every table but those named, as text that can be compared. */
export function contentOf(data: string, except: readonly string[] = []): Record<string, string[]> {
  const database = openDatabase(data)
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table' order by name").all() as {
      name: string
    }[]
    return Object.fromEntries(
      tables
        .filter(({name}) => !except.includes(name))
        .map(({name}) => [name, database.prepare(`select * from "${name}"`).all().map(rowText).sort()]),
    )
  } finally {
    database.close()
  }
}

const rowText = (row: unknown) =>
  JSON.stringify(row, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value))

/** What a refused call may change: the audit log alone. */
export const AUDIT_TABLES = ['audit', 'audit_heads']
