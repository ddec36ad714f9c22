import {join} from 'node:path'
import type {Kysely} from 'kysely'
import {migrate} from './migrations/index.ts'
import {sqliteTypes} from './migrations/types.ts'
import type {Schema} from './schema.ts'
import {openSqlite, openSqliteReader} from './sqlite.ts'

export interface Store {
  /** The gate alone may hold this one. */
  writer: Kysely<Schema>
  /** Read-only in the engine too. */
  reader: Kysely<Schema>
  /** Whether the writer is inside a transaction: a full disk may have ended it. */
  inTransaction: () => boolean
  /**
   * Leaves of what was deleted no byte in the files. Between transactions. @throws when somebody else is reading them: then
   * it is owed until it is done.
   */
  forget: () => void
  owesForgetting: () => boolean
  close: () => Promise<void>
}

/** Opens the embedded store in `folder`, brings its schema up to date. @throws for a database of a newer program. */
export async function openStore(folder: string): Promise<Store> {
  const path = join(folder, 'postern.db')
  let refresh = () => {}
  const write = openSqlite(path, () => refresh())
  await migrate(write.db, sqliteTypes).catch(async (error: unknown) => {
    await write.db.destroy()
    throw error
  })
  let owed = false
  const forget = () => {
    owed = true
    write.forget()
    owed = false
  }
  try {
    // What a process that was killed had deleted is in the log alone, and what it replaced still in the file.
    forget()
  } catch {
    // It is owed now.
  }
  const read = openSqliteReader(path)
  refresh = read.refresh
  return {
    writer: write.db,
    reader: read.db,
    inTransaction: write.inTransaction,
    forget,
    owesForgetting: () => owed,
    close: async () => {
      read.refresh()
      await read.db.destroy()
      await write.db.destroy()
    },
  }
}
