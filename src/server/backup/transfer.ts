import {sql, type Transaction} from 'kysely'
import type {BackupRest, Cell} from '../../formats/backup-file.ts'
import {StartError} from '../start-error.ts'
import {openStoreAt} from '../store/at-step.ts'
import type {DatabaseSettings} from '../store/postgres.ts'
import type {Schema} from '../store/schema.ts'
import {openSnapshot, type Snapshot} from '../store/snapshot.ts'
import {oneAtATime} from '../store/store.ts'
import {storeProblem} from '../store-problem.ts'
import {pagesOf} from './dump.ts'
import {load} from './load.ts'
import {type Moved, moved} from './tables.ts'
import {itemsOf, total} from './text.ts'

type Db = Transaction<Schema>

/**
 * Writes all of a store into an empty database and compares it row by row, in one transaction: a server that starts there
 * meanwhile waits, and what is interrupted leaves no row. `before` looks at what was written, before it is committed.
 * Gives how many rows there are.
 * @throws StartError when the database holds a store, or has other rows than were written.
 */
async function transfer(from: Snapshot, to: DatabaseSettings, before: (written: Db) => Promise<void>): Promise<number> {
  const db = await openStoreAt(to, from.step)
  try {
    return await db.transaction().execute(async (trx) => {
      await oneAtATime(trx)
      await refuseFull(trx, from, to.place)
      const rows = await load(trx, 'postgres', oneByOne(itemsOf(from)))
      for (const table of moved) {
        // Without, the engine takes the table for an empty one, and reads all of it for each page.
        await sql`analyze ${sql.table(table.name)}`.execute(trx)
        await compare(from, trx, table)
      }
      await before(trx)
      return total(rows)
    })
  } finally {
    await db.destroy()
  }
}

/** The same, from the store in a folder. @throws StartError that says what to do where the database cannot be used. */
export async function transferFrom(
  folder: string,
  to: DatabaseSettings,
  before: (written: Db) => Promise<void>,
): Promise<number> {
  const snapshot = await openSnapshot(folder)
  try {
    return await transfer(snapshot, to, before)
  } catch (error) {
    throw storeProblem(error, to)
  } finally {
    await snapshot.close()
  }
}

/** The database holds what is moved there: it was moved before. */
export class SameStore extends StartError {}

async function refuseFull(trx: Db, {db}: Snapshot, place: string): Promise<void> {
  const there = await trx.selectFrom('organizations').select('id').limit(1).executeTakeFirst()
  if (there === undefined) return
  const head = await db.selectFrom('audit_heads').selectAll().orderBy('org_id').limit(1).executeTakeFirst()
  const same = await trx
    .selectFrom('audit')
    .select('sequence')
    .where('hash', '=', head?.hash ?? '')
    .where('org_id', '=', head?.org_id ?? 0)
    .where('sequence', '=', head?.sequence ?? 0)
    .executeTakeFirst()
  throw same === undefined
    ? new StartError(`The database ${place} holds a store already.`, {
        next: 'name an empty database: createdb; nothing was changed',
      })
    : new SameStore(`The database ${place} holds this very store already.`, {
        next: 'start the server with its URL, and move postern.db away from the data folder; nothing was changed',
      })
}

async function* oneByOne(pages: AsyncIterable<BackupRest[]>): AsyncGenerator<BackupRest> {
  for await (const page of pages) yield* page
}

/** Both sides in the order of the primary key, cell by cell. */
async function compare({db}: Snapshot, written: Db, table: Moved): Promise<void> {
  const others = rowsOf(written, table)
  for await (const row of rowsOf(db, table)) {
    const other = await others.next()
    if (other.done === true || rowText(other.value) !== rowText(row)) throw differs(table.name)
  }
  if ((await others.next()).done !== true) throw differs(table.name)
}

async function* rowsOf(db: Parameters<typeof pagesOf>[0], table: Moved): AsyncGenerator<Cell[]> {
  for await (const page of pagesOf(db, table)) yield* page
}

const rowText = (row: readonly Cell[]): string =>
  JSON.stringify(row.map((cell) => (cell instanceof Uint8Array ? [Buffer.from(cell).toString('base64')] : cell)))

const differs = (table: string) =>
  new StartError(`The database gives other rows of the table ${table} than were written.`, {
    next: 'nothing was kept; look at the encoding of the database, which must be UTF8',
  })
